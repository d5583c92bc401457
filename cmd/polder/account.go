// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"polder/instance/auth"
)

// runAccountCreate is `polder account create`.
func runAccountCreate(ctx context.Context, args []string, io stdio) error {
	f := newFlags("account create")
	var n newAccount
	dir := f.String("dir", "", "folder of the instance")
	f.StringVar(&n.Username, "username", "", "name to log in with")
	f.StringVar(&n.Email, "email", "", "mail address")
	f.StringVar(&n.Role, "role", "", "resident, moderator, editor or admin")
	fromStdin := f.Bool("password-stdin", false, "read the password from the first line of standard input")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("dir", "username", "role"); err != nil {
		return err
	}
	if !*fromStdin {
		return usagef("account create: -password-stdin is missing; the password is read from standard input")
	}
	var err error
	if n.Password, err = readPassword(io.In); err != nil {
		return err
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	enrolment, err := o.CreateAccount(ctx, n)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	return writeEnrolment(io.Out, n, enrolment)
}

// readPassword takes the first line.
func readPassword(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("there is no password on standard input")
	}
	return line, nil
}

// writeEnrolment prints the second factor of staff; it is never shown again.
func writeEnrolment(w io.Writer, n newAccount, e auth.Enrolment) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Account %s (%s) is made.\n", n.Username, n.Role)
	if e.OTPAuth != "" {
		fmt.Fprintf(&b, "\nSecond factor, for an authenticator app. It is shown only now:\n%s\n", e.OTPAuth)
		fmt.Fprintf(&b, "\nRecovery codes, each good once, for when the app is lost:\n")
		for _, c := range e.RecoveryCodes {
			fmt.Fprintf(&b, "  %s\n", c)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// runAccountList is `polder account list`.
func runAccountList(ctx context.Context, args []string, io stdio) error {
	f := newFlags("account list")
	dir := f.String("dir", "", "folder of the instance")
	asJSON := f.Bool("json", false, "print JSON")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("dir"); err != nil {
		return err
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	list, err := o.Accounts(ctx)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(io.Out).Encode(list)
	}
	return writeAccounts(io.Out, list)
}

func writeAccounts(w io.Writer, list []accountLine) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "USERNAME\tROLES\tSECOND FACTOR\tSTATE\tCREATED")
	for _, a := range list {
		factor, state := "no", "active"
		if a.Factor {
			factor = "yes"
		}
		if a.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.Username, strings.Join(a.Roles, ","), factor, state, a.Created.Format("2006-01-02"))
	}
	return t.Flush()
}

// runAccountToken is `polder account token`: it prints the token and nothing else.
func runAccountToken(ctx context.Context, args []string, io stdio) error {
	f := newFlags("account token")
	dir := f.String("dir", "", "folder of the instance")
	username := f.String("username", "", "whose token it is")
	scopes := f.String("scopes", "read", "what it allows, such as \"read write\"")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("dir", "username"); err != nil {
		return err
	}
	o, err := enterOffice(ctx, *dir)
	if err != nil {
		return err
	}
	token, err := o.Token(ctx, *username, *scopes)
	if err := errors.Join(err, o.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintln(io.Out, token)
	return err
}
