// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

func runVersion(_ context.Context, args []string, io stdio) error {
	if _, err := newFlags("version").parse(args, io); err != nil {
		return err
	}
	fmt.Fprintln(io.Out, versionLine())
	return nil
}

func runHelp(ctx context.Context, args []string, io stdio) error {
	if len(args) == 0 {
		writeHelp(io.Out)
		return nil
	}
	if c, _, ok := find(args); ok && c.name != "help" {
		return dispatch(ctx, append(strings.Fields(c.name), "-help"), io)
	}
	shown := false
	for _, c := range commands() {
		if c.name == args[0] || strings.HasPrefix(c.name, args[0]+" ") {
			fmt.Fprintf(io.Out, "polder %s %s\n    %s\n", c.name, c.synopsis, c.about)
			shown = true
		}
	}
	if !shown {
		return unknown(args)
	}
	return nil
}

func writeHelp(w io.Writer) {
	fmt.Fprint(w, "Polder: participation for municipalities, provinces and the nation.\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-17s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\npolder help COMMAND explains one. Flags may be written -x or --x and stand before or\n"+
		"after the arguments. Exit code 0 is done, 1 an error, 2 wrong usage.\n")
}

// flags is the flag set of one command.
type flags struct {
	*flag.FlagSet
	name string
}

func newFlags(name string) *flags {
	f := &flags{flag.NewFlagSet(name, flag.ContinueOnError), name}
	f.SetOutput(io.Discard)
	return f
}

// parse reads flags and arguments in any order and wants exactly the named
// arguments, such as "URL"; those at the end in brackets, such as "[FILE]", may
// be left out.
func (f *flags) parse(args []string, io stdio, want ...string) ([]string, error) {
	var given []string
	for {
		if err := f.Parse(args); err == flag.ErrHelp {
			f.explain(io.Out)
			return nil, errHelp
		} else if err != nil {
			return nil, usagef("%s: %v", f.name, err)
		}
		rest := f.Args()
		if used := len(args) - len(rest); used > 0 && args[used-1] == "--" {
			given = append(given, rest...)
			break
		}
		if len(rest) == 0 {
			break
		}
		given, args = append(given, rest[0]), rest[1:]
	}
	switch {
	case len(given) < len(want) && !strings.HasPrefix(want[len(given)], "["):
		return nil, usagef("%s: %s is missing", f.name, want[len(given)])
	case len(given) > len(want):
		return nil, usagef("%s takes no argument %q", f.name, given[len(want)])
	}
	return given, nil
}

// require wants flags that have no default.
func (f *flags) require(names ...string) error {
	for _, name := range names {
		if f.Lookup(name).Value.String() == "" {
			return usagef("%s: -%s is missing", f.name, name)
		}
	}
	return nil
}

// explain writes what the command does and its flags.
func (f *flags) explain(w io.Writer) {
	for _, c := range commands() {
		if c.name == f.name {
			fmt.Fprintf(w, "polder %s %s\n\n%s.\n", c.name, c.synopsis, strings.ToUpper(c.about[:1])+c.about[1:])
		}
	}
	fmt.Fprintln(w)
	f.SetOutput(w)
	f.PrintDefaults()
}
