// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strings"

	"polder/instance/store"
)

// NewAccount is what an account begins with.
type NewAccount struct {
	Username string
	Email    string // may be empty
	Password string
	Roles    store.Roles
}

// Enrolment is a new second factor. It is shown once and never again.
type Enrolment struct {
	OTPAuth       string   // otpauth:// address for the authenticator app
	RecoveryCodes []string // ten, each good once
}

// userName is what may stand in an address such as @name@host.
var userName = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9._-]{0,28}[a-z0-9])$`)

// admin is the role that manages accounts (spec: product.md 8).
const admin = "admin"

// Create makes an account. Staff get a second factor at once; the Enrolment of
// a resident is empty. by is who does it, for the audit log.
func (a *Authenticator) Create(ctx context.Context, by string, n NewAccount) (store.Account, Enrolment, error) {
	acc, enrolment, err := a.prepare(ctx, n)
	if err != nil {
		return store.Account{}, Enrolment{}, fmt.Errorf("creating account %q: %w", n.Username, err)
	}
	err = a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		if err := taken(store.AccountKind.In(tx).Insert(acc.ID, acc)); err != nil {
			return err
		}
		return a.opt.Audit(tx, by, "account.create", acc.Username)
	})
	if err != nil {
		return store.Account{}, Enrolment{}, fmt.Errorf("creating account %q: %w", n.Username, err)
	}
	return acc, enrolment, nil
}

// prepare does all of Create that needs no transaction.
func (a *Authenticator) prepare(ctx context.Context, n NewAccount) (acc store.Account, e Enrolment, err error) {
	acc = store.Account{ID: strings.ToLower(newToken()), Username: fold(n.Username), Roles: n.Roles, CreatedAt: a.now()}
	if !userName.MatchString(acc.Username) {
		return acc, e, ErrUsername
	}
	if len(n.Roles) == 0 {
		return acc, e, ErrRoles
	}
	if err := a.setEmail(&acc, n.Email); err != nil {
		return acc, e, err
	}
	if acc.Password, err = a.hasher.Hash(ctx, n.Password); err != nil {
		return acc, e, err
	}
	if !n.Roles.Staff() {
		return acc, e, nil
	}
	e, f, err := a.enrol(acc)
	f.give(&acc)
	return acc, e, err
}

// setEmail seals an address into acc. Addresses differ by more than case only
// in theory, so they are found without it.
func (a *Authenticator) setEmail(acc *store.Account, address string) error {
	address = strings.TrimSpace(address)
	if address == "" {
		acc.Email, acc.EmailKey = nil, ""
		return nil
	}
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address {
		return ErrEmail
	}
	acc.Email = a.seals.Seal("email\x00"+acc.ID, []byte(address))
	acc.EmailKey = a.seals.Lookup("email", fold(address))
	return nil
}

// Email is the mail address of an account, empty if it has none.
func (a *Authenticator) Email(acc store.Account) (string, error) {
	if acc.Email == nil {
		return "", nil
	}
	plain, err := a.seals.Open("email\x00"+acc.ID, acc.Email)
	if err != nil {
		return "", fmt.Errorf("reading the mail address of %s: %w", acc.Username, err)
	}
	return string(plain), nil
}

// factor is what an account keeps of a second factor.
type factor struct {
	sealed []byte
	hashes []string // of recovery codes
}

func (f factor) give(acc *store.Account) {
	acc.TOTP, acc.LastStep, acc.RecoveryHashes = f.sealed, 0, f.hashes
}

// enrol makes a new second factor for acc, for give to put in place.
func (a *Authenticator) enrol(acc store.Account) (Enrolment, factor, error) {
	secret, err := newTOTP(a.opt.Random)
	if err != nil {
		return Enrolment{}, factor{}, err
	}
	codes, hashes, err := newRecoveryCodes(a.opt.Random)
	if err != nil {
		return Enrolment{}, factor{}, err
	}
	e := Enrolment{OTPAuth: otpauthURI(a.opt.Issuer, acc.Username, secret), RecoveryCodes: codes}
	return e, factor{sealed: a.seals.Seal("totp\x00"+acc.ID, secret), hashes: hashes}, nil
}

// Account returns the account with this user name or mail address, or
// store.ErrNotFound.
func (a *Authenticator) Account(ctx context.Context, name string) (acc store.Account, err error) {
	err = a.opt.Store.View(ctx, func(tx *store.Tx) error {
		acc, err = a.find(tx, name)
		return err
	})
	return acc, err
}

func (a *Authenticator) find(tx *store.Tx, name string) (store.Account, error) {
	index, entry := "username", fold(name)
	if strings.Contains(entry, "@") {
		index, entry = "email", a.seals.Lookup("email", entry)
	}
	if entry == "" || len(entry) > 100 { // no such name, and no such key
		return store.Account{}, store.ErrNotFound
	}
	row, err := store.AccountKind.In(tx).Only(index, store.Key(entry))
	if err != nil {
		return store.Account{}, fmt.Errorf("finding account: %w", err)
	}
	return row.Value, nil
}

// Accounts lists every account by user name.
func (a *Authenticator) Accounts(ctx context.Context) (all []store.Account, err error) {
	err = a.opt.Store.View(ctx, func(tx *store.Tx) (err error) {
		all, err = store.Collect(store.AccountKind.In(tx).By("username", ""))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing accounts: %w", err)
	}
	return all, nil
}

// SetRoles gives an account other roles and ends its sessions, so that none
// goes on with the old ones. An account that becomes staff and has no second
// factor gets one: then the Enrolment is not empty.
func (a *Authenticator) SetRoles(ctx context.Context, by, name string, roles store.Roles) (Enrolment, error) {
	if len(roles) == 0 {
		return Enrolment{}, ErrRoles
	}
	acc, err := a.Account(ctx, name)
	if err != nil {
		return Enrolment{}, err
	}
	var e Enrolment
	var f factor
	if roles.Staff() && acc.TOTP == nil {
		if e, f, err = a.enrol(acc); err != nil {
			return Enrolment{}, err
		}
	}
	err = a.change(ctx, by, "account.roles", name, func(now *store.Account) error {
		now.Roles = roles
		if f.sealed != nil {
			f.give(now)
		}
		return nil
	})
	if err != nil {
		return Enrolment{}, err
	}
	return e, nil
}

// SetDisabled keeps an account from logging in, or lets it in again. Its
// sessions and access tokens end.
func (a *Authenticator) SetDisabled(ctx context.Context, by, name string, disabled bool) error {
	action := "account.enable"
	if disabled {
		action = "account.disable"
	}
	return a.change(ctx, by, action, name, func(acc *store.Account) error {
		acc.Disabled = disabled
		return nil
	})
}

// SetPassword replaces a password and ends the sessions of the account.
func (a *Authenticator) SetPassword(ctx context.Context, by, name, password string) error {
	hash, err := a.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.change(ctx, by, "account.password", name, func(acc *store.Account) error {
		acc.Password = hash
		return nil
	})
}

// ResetTOTP replaces the second factor and its recovery codes and ends the
// sessions of the account.
func (a *Authenticator) ResetTOTP(ctx context.Context, by, name string) (Enrolment, error) {
	acc, err := a.Account(ctx, name)
	if err != nil {
		return Enrolment{}, err
	}
	e, f, err := a.enrol(acc)
	if err != nil {
		return Enrolment{}, err
	}
	err = a.change(ctx, by, "account.totp-reset", name, func(now *store.Account) error {
		f.give(now)
		return nil
	})
	if err != nil {
		return Enrolment{}, err
	}
	return e, nil
}

// change edits an account, ends its sessions, and those tokens that it may no
// longer use, and writes the audit entry, in one transaction.
func (a *Authenticator) change(ctx context.Context, by, action, name string, edit func(*store.Account) error) error {
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		acc, err := a.find(tx, name)
		if err != nil {
			return err
		}
		wasAdmin := acc.Roles.Has(admin) && !acc.Disabled
		if err := edit(&acc); err != nil {
			return err
		}
		if err := store.AccountKind.In(tx).Put(acc.ID, acc); err != nil {
			return err
		}
		if wasAdmin && (acc.Disabled || !acc.Roles.Has(admin)) {
			if err := adminLeft(tx); err != nil {
				return err
			}
		}
		if err := endSessions(tx, acc.ID); err != nil {
			return err
		}
		if acc.Disabled {
			if err := endTokens(tx, acc.ID); err != nil {
				return err
			}
		}
		return a.opt.Audit(tx, by, action, acc.Username)
	})
	if err != nil {
		return fmt.Errorf("changing account %q: %w", name, err)
	}
	return nil
}

// adminLeft is ErrLastAdmin unless an enabled administrator remains.
func adminLeft(tx *store.Tx) error {
	for row, err := range store.AccountKind.In(tx).List("") {
		if err != nil {
			return err
		}
		if row.Value.Roles.Has(admin) && !row.Value.Disabled {
			return nil
		}
	}
	return ErrLastAdmin
}

// fold makes user names and addresses comparable.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func taken(err error) error {
	if errors.Is(err, store.ErrExists) {
		return ErrTaken
	}
	return err
}
