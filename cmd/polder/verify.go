// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"polder/consensus/audit"
)

// Exit codes of verify (spec: aggregation.md 4.7) are those of audit.Report.

func runVerifyTally(ctx context.Context, args []string, io stdio) error {
	f := newFlags("verify tally")
	asJSON := f.Bool("json", false, "print the report as JSON")
	given, err := f.parse(args, io, "URL")
	if err != nil {
		return err
	}
	address, err := verifyAddress(given[0])
	if err != nil {
		return err
	}
	return conclude(ctx, io.Out, *asJSON, audit.VerifyTally(ctx, newFetcher(), address))
}

func runVerifyAggregate(ctx context.Context, args []string, io stdio) error {
	f := newFlags("verify aggregate")
	asJSON := f.Bool("json", false, "print the report as JSON")
	deep := f.Bool("deep", false, "fetch every input at its maker and add up again")
	given, err := f.parse(args, io, "URL")
	if err != nil {
		return err
	}
	address, err := verifyAddress(given[0])
	if err != nil {
		return err
	}
	return conclude(ctx, io.Out, *asJSON, audit.VerifyAggregate(ctx, newFetcher(), address, *deep))
}

// verifyAddress takes an address as people type it.
func verifyAddress(typed string) (string, error) {
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", usagef("%q is not an address such as https://rijk.example/consultations/water", typed)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = ""
	}
	return u.String(), nil
}

// conclude prints the report and gives its exit code.
func conclude(ctx context.Context, w io.Writer, asJSON bool, r *audit.Report) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var err error
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(r)
	} else {
		err = r.WriteText(w)
	}
	if err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if code := r.ExitCode(); code != exitDone {
		return exitCode(code)
	}
	return nil
}
