// SPDX-License-Identifier: EUPL-1.2

package config

import (
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// complete fills in what follows from other keys.
func (c *Config) complete() {
	if u, err := url.Parse(c.Server.PublicURL); err == nil && c.Instance.Host == "" {
		c.Instance.Host = u.Host
	}
}

// check returns what is wrong with c as a whole. Keys in skip could not be read
// and are not mentioned again.
func (c *Config) check(skip map[string]bool) Problems {
	v := &checker{config: c, skip: skip}
	v.instance()
	v.server()
	v.store()
	v.federation()
	v.durations()
	v.privacy()
	v.outside()
	v.pages()
	return v.problems
}

// checker gathers what is wrong.
type checker struct {
	config   *Config
	skip     map[string]bool
	problems Problems
}

// want adds a problem unless ok.
func (v *checker) want(ok bool, key, format string, args ...any) {
	if !ok && !v.skip[key] {
		v.problems = append(v.problems, fmt.Sprintf("%s: %s: %s", v.config.Origin(key), key, fmt.Sprintf(format, args...)))
	}
}

// areaCodes are the CBS codes per level.
var areaCodes = map[string]*regexp.Regexp{
	"municipality": regexp.MustCompile(`^GM[0-9]{4}$`),
	"province":     regexp.MustCompile(`^PV[0-9]{2}$`),
	"nation":       regexp.MustCompile(`^NL[0-9]{2}$`),
}

func (v *checker) instance() {
	in := v.config.Instance
	code := areaCodes[in.Level]
	v.want(code != nil, "instance.level", "%q is not municipality, province or nation", in.Level)
	v.want(code == nil || code.MatchString(in.Area), "instance.area",
		"%q is no area code of a %s (GM0059, PV21, NL01)", in.Area, in.Level)
	v.want(strings.TrimSpace(in.Name) != "", "instance.name", "is missing")
	v.want(len(in.Languages) > 0, "instance.languages", "at least one language is needed")
	for i, l := range in.Languages {
		tag, err := language.Parse(l)
		known := err == nil && slices.Contains([]string{"nl", "en", "fy"}, tag.String())
		v.want(known, "instance.languages", "%q is not one of nl, en, fy", l)
		v.want(!slices.Contains(in.Languages[:i], l), "instance.languages", "%q stands there twice", l)
	}
}

func (v *checker) server() {
	s := v.config.Server
	v.want(validListen(s.Listen), "server.listen", "%q is no address like 127.0.0.1:8080", s.Listen)
	if why := v.origin(s.PublicURL); why != "" {
		v.want(false, "server.public_url", "%s", why)
	} else if u, _ := url.Parse(s.PublicURL); u != nil {
		v.want(v.config.Instance.Host == u.Host, "instance.host", "%q is not the host of server.public_url, %q", v.config.Instance.Host, u.Host)
	}
	for _, p := range s.TrustedProxies {
		_, err := ParseProxy(p)
		v.want(err == nil, "server.trusted_proxies", "%q is no address or range like 10.0.0.0/8", p)
	}
	t := v.config.TLS
	v.want(!t.ACME || v.config.CertFile == "", "tls.acme", "does not go with --tls-cert")
	v.want(!t.ACME || validMail(t.ACMEMail), "tls.acme_mail", "a mail address is needed with tls.acme")
	v.want((v.config.CertFile == "") == (v.config.KeyFile == ""), "server.listen", "--tls-cert and --tls-key go together")
}

// origin says what is wrong with an address that others reach us or we reach
// them by; empty if nothing is.
func (v *checker) origin(address string) string {
	u, err := url.Parse(address)
	switch {
	case address == "":
		return "is missing"
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Sprintf("%q is no address like https://denkmee.example.nl", address)
	case u.Scheme != "https" && (u.Scheme != "http" || !v.config.Dev):
		return fmt.Sprintf("%q must begin with https:// (http:// only with --dev)", address)
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Sprintf("%q must be scheme and host only, without a slash at the end", address)
	case u.Host != strings.ToLower(u.Host) || strings.HasSuffix(u.Hostname(), "."):
		return fmt.Sprintf("%q must be in lower case, without a dot at the end", address)
	}
	return v.host(u)
}

func (v *checker) host(u *url.URL) string {
	if p := u.Port(); p != "" {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
			return fmt.Sprintf("%q has no valid port", u)
		}
	}
	if v.config.Dev {
		return ""
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil || !strings.Contains(u.Hostname(), ".") {
		return fmt.Sprintf("%q must have a full host name (an address or a short name only with --dev)", u)
	}
	return ""
}

func (v *checker) store() {
	s := v.config.Store
	v.want(s.Engine == "bolt", "store.engine", "%q is not available; this version has bolt", s.Engine)
	v.want(s.Path != "", "store.path", "is missing")
	v.want(s.DSN == "" || s.Engine != "bolt", "store.dsn", "is of no use to bolt")
}

func (v *checker) federation() {
	f := v.config.Federation
	v.want(!f.AllowPrivate || v.config.Dev, "federation.allow_private", "is only allowed with --dev")
	if f.Parent != "" {
		why := v.origin(f.Parent)
		v.want(why == "", "federation.parent", "%s", why)
		v.want(f.Parent != v.config.Server.PublicURL, "federation.parent", "is this instance itself")
		v.want(v.config.Instance.Level != "nation", "federation.parent", "the nation has no parent")
	}
}

// durations holds log, count and the deadlines of opinion at or above their
// defaults, because others wait for them; --dev admits seconds.
func (v *checker) durations() {
	defaults := Default().byName()
	for k := range v.config.keys() {
		section, _, _ := strings.Cut(k.name, ".")
		if section != "log" && section != "count" && section != "opinion" {
			continue
		}
		switch value := k.value.Interface().(type) {
		case Duration:
			least := defaults[k.name].value.Interface().(Duration)
			if v.config.Dev {
				least = Duration(time.Second)
			}
			v.want(value >= least, k.name, "%s is less than %s", value, least)
		case int:
			least := defaults[k.name].value.Interface().(int)
			if v.config.Dev && section == "log" {
				least = 1
			}
			v.want(value >= least, k.name, "%d is less than %d", value, least)
		}
	}
}

func (v *checker) privacy() {
	p := v.config.Privacy
	v.want(p.K >= 10, "privacy.k", "%d is less than 10: it may only be raised", p.K)
	v.want(p.IPTTL > 0 && p.IPTTL <= Duration(24*time.Hour), "privacy.ip_ttl", "%s is not between 1s and 24h", p.IPTTL)
	d := p.InactiveDays
	v.want(len(d) == 2 && d[0] > 0 && d[0] < d[1], "privacy.inactive_days", "%v is not a notice and a later end, like [770, 860]", d)
}

// outside checks mail, the broker and what listens besides the server.
func (v *checker) outside() {
	m := v.config.Mail
	v.want(m.TLS == "mandatory" || m.TLS == "opportunistic" || m.TLS == "none" && v.config.Dev, "mail.tls",
		"%q is not mandatory or opportunistic (none only with --dev)", m.TLS)
	v.want(m.Host == "" || validMail(m.From), "mail.from", "%q is no mail address", m.From)
	o := v.config.OIDC
	if o.Issuer != "" {
		u, err := url.Parse(o.Issuer)
		secure := err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && v.config.Dev)
		v.want(secure, "oidc.issuer", "%q is no https address", o.Issuer)
		v.want(o.ClientID != "", "oidc.client_id", "is missing")
		v.want(o.ClientSecretFile != "", "oidc.client_secret_file", "is missing")
	}
	c := v.config.Security.Contact
	u, err := url.Parse(c)
	v.want(c == "" || err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && validMail(u.Opaque)),
		"security.contact", "%q does not begin with mailto: or https:", c)
	l := v.config.Metrics.Listen
	v.want(l == "" || validListen(l) && loopback(l), "metrics.listen", "%q is no loopback address like 127.0.0.1:9090", l)
}

var themeName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (v *checker) pages() {
	v.want(themeName.MatchString(v.config.UI.Theme), "ui.theme", "%q is no name of a theme", v.config.UI.Theme)
	for _, o := range v.config.UI.EmbedOrigins {
		why := v.origin(o)
		v.want(why == "", "ui.embed_origins", "%s", why)
	}
}

// ParseProxy reads an entry of server.trusted_proxies: an address or a range.
func ParseProxy(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("reading trusted proxy %q: %w", s, err)
	}
	return p.Masked(), nil
}

func validListen(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	n, err := strconv.Atoi(port)
	return err == nil && n >= 0 && n <= 65535
}

func loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func validMail(address string) bool {
	_, err := mail.ParseAddress(address)
	return err == nil
}
