// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"slices"
	"strings"
)

// command is one entry of the command line. The name may be two words.
type command struct {
	name     string
	synopsis string // what follows the name
	about    string // what it does, for `polder help`
	run      func(ctx context.Context, args []string, io stdio) error
}

// commands is the table of commands, in the order of `polder help`.
func commands() []command {
	return []command{
		{"init", "-dir DIR -url PUBLIC_URL -level municipality|province|nation -area CODE -name NAME [-parent URL] [-dev]",
			"make an empty folder ready for an instance", runInit},
		{"serve", "-dir DIR [-listen ADDR] [-tls-cert F -tls-key F] [-dev] [-config F] [-log-level L] [-set KEY=VALUE] [-print-config]",
			"run the instance of a folder until it is told to stop", runServe},
		{"demo", "[-dir DIR] [-municipalities N] [-votes DIR_OR_CSV] [-port FIRST_PORT] [-once] [-json]",
			"show a whole network on this computer, with real votes", runDemo},
		{"account create", "-dir DIR -username U -email E -role resident|moderator|editor|admin -password-stdin",
			"make an account; staff get a second factor", runAccountCreate},
		{"account list", "-dir DIR [-json]", "list the accounts", runAccountList},
		{"account token", "-dir DIR -username U [-scopes \"read write\"]", "print an access token for scripts", runAccountToken},
		{"codes generate", "-count N -out-print P.csv -out-hash H.txt [-out-audit A.bin -auditor-key K]",
			"make letter codes, away from the ballot box", runCodesGenerate},
		{"codes import", "-dir DIR -consultation SLUG H.txt", "give an instance the hashes of letter codes", runCodesImport},
		{"backup", "[-dir DIR] -out F [-with-secrets]", "copy an instance into one file, also while it runs", runBackup},
		{"restore", "F -dir DIR", "bring a backup back, into an empty folder only", runRestore},
		{"verify tally", "[-json] URL", "check one signed tally from the outside", runVerifyTally},
		{"verify aggregate", "[-deep] [-json] URL", "check a total from the outside: exit 0 holds, 1 proven wrong, 2 could not check", runVerifyAggregate},
		{"opinion run", "[-json] [-split N] [-floors=false] PATH [COMMENTS]",
			"find the opinion groups in a Pol.is export: a folder, or a vote file and its comments file", runOpinionRun},
		{"opinion show", "-dir DIR [-json] CONSULTATION", "print the public opinion groups of a conversation of an instance", runOpinionShow},
		{"opinion export", "-dir DIR -out FOLDER CONSULTATION", "write the open data of a conversation into a folder: counts, no votes of persons", runOpinionExport},
		{"health", "[-dir DIR]", "ask the running instance whether it is well", runHealth},
		{"bench", "[-n N] [-seconds S] [-clients C] [-only PARTS] [-json]", "measure this computer: votes, inbox, reads, total, start, memory", runBench},
		{"bench opinion", "[-runs N] [-only SHAPES] [-json] [PATH [COMMENTS]]",
			"measure this computer: opinion groups of made-up crowds, or of a Pol.is export", runBenchOpinion},
		{"version", "", "print the version", runVersion},
		{"help", "[COMMAND]", "list the commands, or explain one", runHelp},
	}
}

// dispatch finds the command and runs it.
func dispatch(ctx context.Context, args []string, io stdio) error {
	if len(args) == 0 {
		writeHelp(io.Err)
		return errUsage
	}
	switch args[0] {
	case "-h", "-help", "--help":
		args = append([]string{"help"}, args[1:]...)
	case "-version", "--version":
		args = append([]string{"version"}, args[1:]...)
	}
	c, rest, ok := find(args)
	if !ok {
		return unknown(args)
	}
	err := c.run(ctx, rest, io)
	if err == errUsage && len(rest) > 0 && (rest[0] == "-h" || rest[0] == "-help" || rest[0] == "--help") {
		return errHelp // the command has explained itself
	}
	return err
}

// find takes the command with the longest name that args begin with.
func find(args []string) (found command, rest []string, ok bool) {
	for _, c := range commands() {
		words := strings.Fields(c.name)
		if len(args) >= len(words) && slices.Equal(args[:len(words)], words) && len(c.name) > len(found.name) {
			found, rest, ok = c, args[len(words):], true
		}
	}
	return found, rest, ok
}

func unknown(args []string) error {
	var below []string
	for _, c := range commands() {
		if first, second, two := strings.Cut(c.name, " "); two && first == args[0] {
			below = append(below, second)
		}
	}
	switch {
	case len(below) > 0 && len(args) > 1:
		return usagef("%s has no %q; it has %s", args[0], args[1], strings.Join(below, ", "))
	case len(below) > 0:
		return usagef("%s needs one of: %s", args[0], strings.Join(below, ", "))
	}
	return usagef("there is no command %q; polder help lists them", args[0])
}
