// SPDX-License-Identifier: EUPL-1.2

package auth_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"polder/consensus"
	"polder/instance/auth"
	"polder/instance/store"
)

func roleOf(name string) consensus.Role { return consensus.Role(name) }

func TestAccountsAreChecked(t *testing.T) {
	o := newOffice(t, nil)
	o.create("anna", "resident")
	resident := consensus.NewRoles(consensus.RoleResident)
	for what, c := range map[string]struct {
		n    auth.NewAccount
		want error
	}{
		"name taken":     {auth.NewAccount{Username: "Anna", Password: password, Roles: resident}, auth.ErrTaken},
		"address taken":  {auth.NewAccount{Username: "bert", Email: "ANNA@example.nl", Password: password, Roles: resident}, auth.ErrTaken},
		"no name":        {auth.NewAccount{Password: password, Roles: resident}, auth.ErrUsername},
		"name too short": {auth.NewAccount{Username: "a", Password: password, Roles: resident}, auth.ErrUsername},
		"name too long":  {auth.NewAccount{Username: strings.Repeat("a", 31), Password: password, Roles: resident}, auth.ErrUsername},
		"address a name": {auth.NewAccount{Username: "a@b.nl", Password: password, Roles: resident}, auth.ErrUsername},
		"strange name":   {auth.NewAccount{Username: "an na", Password: password, Roles: resident}, auth.ErrUsername},
		"dot at the end": {auth.NewAccount{Username: "anna.", Password: password, Roles: resident}, auth.ErrUsername},
		"no address":     {auth.NewAccount{Username: "bert", Email: "bert", Password: password, Roles: resident}, auth.ErrEmail},
		"two addresses":  {auth.NewAccount{Username: "bert", Email: "a@b.nl, c@d.nl", Password: password, Roles: resident}, auth.ErrEmail},
		"short password": {auth.NewAccount{Username: "bert", Password: "kort", Roles: resident}, auth.ErrPasswordLength},
		"no role":        {auth.NewAccount{Username: "bert", Password: password}, auth.ErrRoles},
	} {
		_, _, err := o.Create(ctx, "command line", c.n)
		want(t, what, err, c.want)
	}
	list, err := o.Accounts(ctx)
	if err != nil || len(list) != 1 || list[0].Username != "anna" {
		t.Errorf("accounts %+v, %v", list, err)
	}
	_, err = o.Account(ctx, "bert")
	want(t, "no such account", err, store.ErrNotFound)
}

func TestChangesEndSessions(t *testing.T) {
	for what, change := range map[string]func(office) error{
		"roles": func(o office) error {
			_, err := o.SetRoles(ctx, "anna", "bert", consensus.NewRoles("moderator"))
			return err
		},
		"disable":  func(o office) error { return o.SetDisabled(ctx, "anna", "bert", true) },
		"password": func(o office) error { return o.SetPassword(ctx, "anna", "bert", password+"2") },
		"factor":   func(o office) error { _, err := o.ResetTOTP(ctx, "anna", "bert"); return err },
		"revoke": func(o office) error {
			acc, err := o.Account(ctx, "bert")
			return errors.Join(err, o.RevokeAll(ctx, acc.ID))
		},
	} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t, nil)
			anna := o.enter("anna", o.create("anna", "admin"))
			enrolment := o.create("bert", "editor")
			one := o.enter("bert", enrolment)
			o.clock.pass(31e9)
			two := o.enter("bert", enrolment)
			if err := change(o); err != nil {
				t.Fatal(err)
			}
			for _, token := range []string{one, two} {
				_, err := o.Session(ctx, token)
				want(t, "a session of the account", err, auth.ErrNoSession)
			}
			_, err := o.Session(ctx, anna)
			want(t, "a session of another account", err, nil)
		})
	}
}

func TestDisabledAccounts(t *testing.T) {
	o := newOffice(t, nil)
	o.create("bert", "resident")
	access, err := o.IssueToken(ctx, "anna", "bert", []string{"write"})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "disabling", o.SetDisabled(ctx, "anna", "bert", true), nil)
	_, err = o.LogIn(ctx, "bert", password, home)
	want(t, "logging in", err, auth.ErrCredentials)
	_, _, err = o.Bearer(ctx, access)
	want(t, "the access token", err, auth.ErrToken)
	if _, err = o.IssueToken(ctx, "anna", "bert", []string{"write"}); err == nil {
		t.Error("a disabled account gets access tokens")
	}
	want(t, "enabling", o.SetDisabled(ctx, "anna", "bert", false), nil)
	_, err = o.LogIn(ctx, "bert", password, home)
	want(t, "logging in again", err, nil)
	_, _, err = o.Bearer(ctx, access)
	want(t, "the access token stays revoked", err, auth.ErrToken)
}

func TestAnAdministratorRemains(t *testing.T) {
	o := newOffice(t, nil)
	o.create("anna", "admin", "processOwner")
	o.create("bert", "editor")
	_, err := o.SetRoles(ctx, "anna", "anna", consensus.NewRoles("editor"))
	want(t, "giving up the role", err, auth.ErrLastAdmin)
	want(t, "disabling", o.SetDisabled(ctx, "anna", "anna", true), auth.ErrLastAdmin)
	if acc, _ := o.Account(ctx, "anna"); !acc.Roles.Has("admin") || acc.Disabled {
		t.Errorf("left %+v", acc)
	}
	if _, err = o.SetRoles(ctx, "anna", "bert", consensus.NewRoles("admin")); err != nil {
		t.Fatal(err)
	}
	want(t, "disabling with another one left", o.SetDisabled(ctx, "bert", "anna", true), nil)
	want(t, "disabling the other", o.SetDisabled(ctx, "bert", "bert", true), auth.ErrLastAdmin)
}

func TestBecomingStaffBringsASecondFactor(t *testing.T) {
	o := newOffice(t, nil)
	o.create("bert", "resident")
	e, err := o.SetRoles(ctx, "anna", "bert", consensus.NewRoles("resident", "moderator"))
	if err != nil || e.OTPAuth == "" || len(e.RecoveryCodes) != 10 {
		t.Fatalf("enrolment %+v, %v", e, err)
	}
	if _, err := o.Session(ctx, o.enter("bert", e)); err != nil {
		t.Error(err)
	}
	kept, err := o.SetRoles(ctx, "anna", "bert", consensus.NewRoles("editor"))
	if err != nil || kept.OTPAuth != "" {
		t.Errorf("a second factor that is there is replaced: %+v, %v", kept, err)
	}
	next, err := o.ResetTOTP(ctx, "anna", "bert")
	if err != nil || next.OTPAuth == e.OTPAuth {
		t.Fatalf("reset: %+v, %v", next, err)
	}
	first, err := o.LogIn(ctx, "bert", password, home)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.SecondFactor(ctx, first.Token, o.code(e), home)
	want(t, "the old secret", err, auth.ErrCode)
	_, err = o.SecondFactor(ctx, first.Token, e.RecoveryCodes[0], home)
	want(t, "an old recovery code", err, auth.ErrCode)
	_, err = o.SecondFactor(ctx, first.Token, o.code(next), home)
	want(t, "the new secret", err, nil)
}

func TestChangesAreAudited(t *testing.T) {
	o := newOffice(t, nil)
	o.create("anna", "admin")
	for _, err := range []error{
		second(o.SetRoles(ctx, "anna", "anna", consensus.NewRoles("admin", "editor"))),
		o.SetPassword(ctx, "anna", "ANNA", password),
		second(o.ResetTOTP(ctx, "anna", "anna@example.nl")),
		second(o.IssueToken(ctx, "command line", "anna", []string{"read"})),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	wanted := []string{"command line account.create anna", "anna account.roles anna", "anna account.password anna",
		"anna account.totp-reset anna", "command line account.token anna"}
	if got := o.audited(); !slices.Equal(got, wanted) {
		t.Errorf("got  %q\nwant %q", got, wanted)
	}
	mine := errors.New("mine")
	strict := newOffice(t, func(opt *auth.Options) {
		opt.Audit = func(*store.Tx, string, string, string) error { return mine }
	})
	_, _, err := strict.Create(ctx, "x", auth.NewAccount{Username: "anna", Password: password, Roles: consensus.NewRoles("resident")})
	want(t, "a change that cannot be audited", err, mine)
	if list, _ := strict.Accounts(ctx); len(list) != 0 {
		t.Error("it was made all the same")
	}
}

func second[T any](_ T, err error) error { return err }

func TestAccessTokens(t *testing.T) {
	o := newOffice(t, nil)
	o.create("bert", "resident")
	token, err := o.IssueToken(ctx, "command line", "bert", []string{"write:statuses read", "read"})
	if err != nil {
		t.Fatal(err)
	}
	acc, access, err := o.Bearer(ctx, token)
	if err != nil || acc.Username != "bert" || !slices.Equal(access.Scopes, []string{"read", "write:statuses"}) {
		t.Errorf("%+v, %+v, %v", acc, access, err)
	}
	for wanted, granted := range map[string]bool{"read": true, "read:accounts": true, "write:statuses": true, "write": false, "write:media": false} {
		if auth.Grants(access.Scopes, wanted) != granted {
			t.Errorf("%v grants %s: %t", access.Scopes, wanted, !granted)
		}
	}
	_, err = o.Session(ctx, token)
	want(t, "an access token as a session", err, auth.ErrNoSession)
	for _, bad := range []string{"", "x", token + "x"} {
		_, _, err := o.Bearer(ctx, bad)
		want(t, "token "+bad, err, auth.ErrToken)
	}
	want(t, "revoking", o.RevokeToken(ctx, token), nil)
	_, _, err = o.Bearer(ctx, token)
	want(t, "a revoked token", err, auth.ErrToken)
	for _, scopes := range [][]string{nil, {""}, {"everything"}, {"read", "admin:read"}, {"write:"}} {
		_, err := o.IssueToken(ctx, "x", "bert", scopes)
		want(t, strings.Join(scopes, "+"), err, auth.ErrScopes)
	}
	_, err = o.IssueToken(ctx, "x", "nobody", []string{"read"})
	want(t, "no such account", err, store.ErrNotFound)
}
