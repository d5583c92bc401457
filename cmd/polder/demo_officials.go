// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"polder/consensus"
	"polder/instance/auth"
)

// officials gives every instance the two officials a visitor can log in as:
// one writes, the other approves.
func (d *demo) officials(ctx context.Context) error {
	for _, r := range d.network.all() {
		if len(d.state.Officials[r.Base]) == 2 {
			continue
		}
		var logins []demoLogin
		for _, role := range []struct{ name, role string }{{demoAuthor.ID, "editor"}, {demoApprover.ID, "admin"}} {
			login, err := official(ctx, r, role.name, role.role)
			if err != nil {
				return fmt.Errorf("account %s at %s: %w", role.name, r.Base, err)
			}
			logins = append(logins, login)
		}
		d.state.Officials[r.Base] = logins
		if err := d.state.save(); err != nil {
			return err
		}
	}
	return nil
}

// official makes an account, or gives one that a killed run left behind a new
// password and second factor.
func official(ctx context.Context, r *running, name, role string) (demoLogin, error) {
	roles, err := consensus.CommandLineRoles(role)
	if err != nil {
		return demoLogin{}, err
	}
	login := demoLogin{Username: name, Password: rand.Text()[:16], Role: role}
	_, enrolled, err := r.Auth.Create(ctx, "demo", auth.NewAccount{Username: name, Email: name + "@polder.example",
		Password: login.Password, Roles: roles})
	if errors.Is(err, auth.ErrTaken) {
		if err := r.Auth.SetPassword(ctx, "demo", name, login.Password); err != nil {
			return login, err
		}
		enrolled, err = r.Auth.ResetTOTP(ctx, "demo", name)
	}
	login.TOTP = enrolled.OTPAuth
	return login, err
}
