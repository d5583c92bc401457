// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"time"

	"polder/consensus"
)

// Roles are the roles of an account.
type Roles = consensus.Roles

// Account is a member of staff or a resident who can log in. What instance/auth
// seals is readable with the application key only.
type Account struct {
	ID             string    `json:"id"` // random, unlike a UUIDv7 it tells no time
	Username       string    `json:"username"`
	Email          []byte    `json:"email,omitempty"`    // sealed
	EmailKey       string    `json:"emailKey,omitempty"` // HMAC of the address, to find it by
	Password       string    `json:"password"`           // PHC string
	TOTP           []byte    `json:"totp,omitempty"`     // sealed secret; nil: no second factor
	LastStep       int64     `json:"lastStep,omitempty"` // of the newest TOTP code used
	RecoveryHashes []string  `json:"recoveryHashes,omitempty"`
	Roles          Roles     `json:"roles"`
	CreatedAt      time.Time `json:"createdAt"`
	SeenAt         time.Time `json:"seenAt,omitzero"` // last log-in
	Disabled       bool      `json:"disabled,omitempty"`
}

// Session is one HTTP session of an account, by the hash of its token.
type Session struct {
	Account   string    `json:"account"`
	Pending   bool      `json:"pending,omitempty"` // the second factor is still to come
	CreatedAt time.Time `json:"createdAt"`         // of the log-in, whatever the token
	SeenAt    time.Time `json:"seenAt"`            // last use, to the minute
	FactorAt  time.Time `json:"factorAt,omitzero"` // last second factor
}

// AccessToken lets a program act for an account, by the hash of the token.
type AccessToken struct {
	ID        string    `json:"id"` // to name it by when it is revoked
	Account   string    `json:"account"`
	Scopes    []string  `json:"scopes"`
	CreatedAt time.Time `json:"createdAt"`
}

// The tables of accounts: Accounts by id, the others by hash.
var (
	AccountKind = Kind[Account]{Table: "accounts", Version: 1, Indexes: []Index[Account]{
		{Name: "username", Unique: true, Keys: func(_ string, a Account) []string { return []string{Key(a.Username)} }},
		{Name: "email", Unique: true, Keys: func(_ string, a Account) []string {
			if a.EmailKey == "" {
				return nil
			}
			return []string{Key(a.EmailKey)}
		}},
	}}
	SessionKind = Kind[Session]{Table: "sessions", Version: 1, Indexes: []Index[Session]{
		{Name: "account", Keys: func(_ string, s Session) []string { return []string{Key(s.Account)} }},
	}}
	AccessTokenKind = Kind[AccessToken]{Table: "access-tokens", Version: 1, Indexes: []Index[AccessToken]{
		{Name: "account", Keys: func(_ string, t AccessToken) []string { return []string{Key(t.Account)} }},
	}}
)
