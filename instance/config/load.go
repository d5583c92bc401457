// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Sources are where a configuration comes from, in rising order of weight.
type Sources struct {
	Dir  string // folder of the instance
	File string // empty: polder.toml in Dir, which may be absent

	Environ []string          // as os.Environ gives it
	Set     []string          // "key=value" of --set, in order
	Flags   map[string]string // named flags that were given: "--listen" to its value
	Dev     bool
}

// namedFlags are the flags of serve that stand for a key.
var namedFlags = map[string]string{"--listen": "server.listen"}

// Problems are all faults found in a configuration, one per line.
type Problems []string

func (p Problems) Error() string { return strings.Join(p, "\n") }

// Load reads and checks a configuration. Its error is a Problems with
// everything that is wrong, or tells why the file cannot be read.
func Load(s Sources) (*Config, error) {
	c := Default()
	c.Dir, c.Dev = s.Dir, s.Dev
	l := loader{config: c, keys: c.byName()}
	if s.Dev {
		l.text("--dev", "federation.allow_private", "true")
	}
	if err := l.file(s); err != nil {
		return nil, err
	}
	l.environ(s.Environ)
	for _, pair := range s.Set {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			l.problem("--set", pair, "want key=value")
			continue
		}
		l.text("--set", strings.TrimSpace(name), value)
	}
	l.flags(s.Flags)
	c.complete()
	if l.problems = append(l.problems, c.check(l.failed)...); len(l.problems) > 0 {
		return nil, l.problems
	}
	return c, nil
}

// loader fills a configuration and gathers what is wrong.
type loader struct {
	config   *Config
	keys     map[string]key
	failed   map[string]bool // keys whose value could not be read
	problems Problems
}

func (l *loader) problem(origin, name, what string) {
	l.problems = append(l.problems, fmt.Sprintf("%s: %s: %s", origin, name, what))
}

func (l *loader) set(origin, name string, set func(key) error) {
	k, ok := l.keys[name]
	if !ok {
		l.problem(origin, name, "unknown key")
		return
	}
	if err := set(k); err != nil {
		what := err.Error()
		if k.secret {
			what = "not usable" // the text may hold the secret
		}
		l.problem(origin, name, what)
		if l.failed == nil {
			l.failed = map[string]bool{}
		}
		l.failed[name] = true
		return
	}
	l.config.origin[name] = origin
}

func (l *loader) text(origin, name, value string) {
	l.set(origin, name, func(k key) error { return k.setText(value) })
}

// file reads the TOML file. Without a name of its own it may be absent.
func (l *loader) file(s Sources) error {
	name := s.File
	if name == "" {
		name = filepath.Join(s.Dir, FileName)
	}
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && s.File == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}
	origin := filepath.Base(name)
	var sections map[string]any
	if err := toml.Unmarshal(raw, &sections); err != nil {
		var where *toml.DecodeError
		if errors.As(err, &where) {
			row, column := where.Position()
			return Problems{fmt.Sprintf("%s: line %d, column %d: %v", origin, row, column, err)}
		}
		return Problems{fmt.Sprintf("%s: %v", origin, err)}
	}
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		entries, ok := sections[section].(map[string]any)
		if !ok {
			l.problem(origin, section, "unknown key")
			continue
		}
		if !l.known(section) {
			l.problem(origin, section, "unknown section")
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			l.set(origin, section+"."+name, func(k key) error { return k.set(entries[name]) })
		}
	}
	return nil
}

func (l *loader) known(section string) bool {
	for name := range l.keys {
		if strings.HasPrefix(name, section+".") {
			return true
		}
	}
	return false
}

// environ reads the variables that begin with POLDER_.
func (l *loader) environ(environ []string) {
	names := map[string]string{}
	for name := range l.keys {
		names[env(name)] = name
	}
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		variable, value, _ := strings.Cut(pair, "=")
		name, ok := names[variable]
		switch {
		case ok:
			l.text(variable, name, value)
		case strings.HasPrefix(variable, "POLDER_") && !injected(variable):
			l.problem(variable, "environment", "unknown variable")
		}
	}
}

// injected reports variables that Kubernetes gives every container beside a
// service called polder; nobody meant them as configuration.
func injected(variable string) bool {
	return variable == "POLDER_PORT" || strings.HasPrefix(variable, "POLDER_PORT_") ||
		strings.HasPrefix(variable, "POLDER_SERVICE_")
}

func (l *loader) flags(given map[string]string) {
	c := l.config
	for _, flag := range slices.Sorted(maps.Keys(given)) {
		value := given[flag]
		switch flag {
		case "--tls-cert":
			c.CertFile = value
		case "--tls-key":
			c.KeyFile = value
		case "--log-level":
			if err := c.LogLevel.UnmarshalText([]byte(value)); err != nil {
				l.problem(flag, "log level", fmt.Sprintf("%q is not one of %s, %s, %s, %s", value,
					slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError))
			}
		default:
			name, ok := namedFlags[flag]
			if !ok {
				l.problem(flag, "command line", "unknown flag")
				continue
			}
			l.text(flag, name, value)
		}
	}
}
