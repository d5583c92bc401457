// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"polder/instance/store"
)

// ErrToken: the access token is unknown, revoked, or of a disabled account.
var ErrToken = errors.New("the access token is not valid")

// scope is one scope of the Mastodon API (spec: client-api.md).
var scope = regexp.MustCompile(`^(read|write|follow|push|profile)(:[a-z]+(_[a-z]+)*)?$`)

// ParseScopes reads scopes separated by spaces, or answers ErrScopes.
func ParseScopes(s string) ([]string, error) {
	list := strings.Fields(s)
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) == 0 {
		return nil, ErrScopes
	}
	for _, one := range list {
		if !scope.MatchString(one) {
			return nil, fmt.Errorf("%w: not %q", ErrScopes, one)
		}
	}
	return list, nil
}

// IssueToken makes an access token for an account. The token is returned once
// and kept as its hash.
func (a *Authenticator) IssueToken(ctx context.Context, by, name string, scopes []string) (string, error) {
	scopes, err := ParseScopes(strings.Join(scopes, " "))
	if err != nil {
		return "", err
	}
	token, id, now := newToken(), strings.ToLower(newToken()), a.now()
	key := hashToken(token)
	err = a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		acc, err := a.find(tx, name)
		if err != nil {
			return err
		}
		if acc.Disabled {
			return errors.New("the account is disabled")
		}
		t := store.AccessToken{ID: id, Account: acc.ID, Scopes: scopes, CreatedAt: now}
		if err := store.AccessTokenKind.In(tx).Insert(key, t); err != nil {
			return err
		}
		return a.opt.Audit(tx, by, "account.token", acc.Username)
	})
	if err != nil {
		return "", fmt.Errorf("issuing an access token for %q: %w", name, err)
	}
	return token, nil
}

// Bearer returns who an access token acts for, or answers ErrToken.
func (a *Authenticator) Bearer(ctx context.Context, token string) (acc store.Account, t store.AccessToken, err error) {
	key := hashToken(token)
	err = a.opt.Store.View(ctx, func(tx *store.Tx) (err error) {
		if t, err = store.AccessTokenKind.In(tx).Get(key); err != nil {
			return err
		}
		acc, err = store.AccountKind.In(tx).Get(t.Account)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && acc.Disabled {
		return store.Account{}, store.AccessToken{}, ErrToken
	}
	if err != nil {
		return store.Account{}, store.AccessToken{}, fmt.Errorf("reading an access token: %w", err)
	}
	return acc, t, nil
}

// Grants reports whether scopes hold the wanted one, or the one it is part of:
// "write" grants "write:statuses".
func Grants(scopes []string, wanted string) bool {
	whole, _, _ := strings.Cut(wanted, ":")
	return slices.Contains(scopes, wanted) || slices.Contains(scopes, whole)
}

// RevokeToken ends one access token; an unknown one is no error.
func (a *Authenticator) RevokeToken(ctx context.Context, token string) error {
	key := hashToken(token)
	err := a.opt.Store.Update(ctx, func(tx *store.Tx) error {
		return store.AccessTokenKind.In(tx).Delete(key)
	})
	if err != nil {
		return fmt.Errorf("revoking an access token: %w", err)
	}
	return nil
}

func endTokens(tx *store.Tx, account string) error {
	return deleteBy(store.AccessTokenKind.In(tx), account)
}
