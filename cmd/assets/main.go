// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	commands := map[string]func([]string, io.Writer) error{"css": runCSS, "geo": runGeo}
	if len(args) == 0 || commands[args[0]] == nil {
		return fmt.Errorf("usage: assets css|geo [flags]")
	}
	return commands[args[0]](args[1:], out)
}
