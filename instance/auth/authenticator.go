// SPDX-License-Identifier: EUPL-1.2

package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"polder/instance/store"
)

// How long things last (spec: security.md 4.2).
const (
	StaffIdle    = 60 * time.Minute
	StaffMost    = 12 * time.Hour // from log-in, however busy
	ResidentIdle = 30 * 24 * time.Hour
	PendingMost  = 10 * time.Minute // between password and second factor
	FactorFresh  = 5 * time.Minute  // for keys, roles, federation lists, exports, batches

	renewEvery = time.Minute // a session's last use is kept this exactly
)

// What a visitor did wrong. Wrong name, wrong password and disabled account are
// one answer, given after the same work.
var (
	// ErrCredentials: no enabled account has this name and password.
	ErrCredentials = errors.New("wrong user name or password")
	// ErrCode: the second factor does not fit, or was used before.
	ErrCode = errors.New("wrong or used code of the second factor")
	// ErrNoFactor: the account must have a second factor and has none.
	ErrNoFactor = errors.New("this account needs a second factor; an administrator has to reset it")
	// ErrNoSession: the token belongs to no session, or it has ended.
	ErrNoSession = errors.New("no such session")
)

// What is wrong with an account that was asked for.
var (
	// ErrTaken: the user name or mail address belongs to another account.
	ErrTaken = errors.New("the user name or mail address is already in use")
	// ErrUsername: the user name cannot be one.
	ErrUsername = errors.New("a user name has 2 to 30 characters: a-z, 0-9, and . _ - between them")
	// ErrEmail: the mail address cannot be one.
	ErrEmail = errors.New("this is not a mail address")
	// ErrRoles: an account needs at least one role.
	ErrRoles = errors.New("an account has at least one role")
	// ErrScopes: the scopes of an access token are unknown.
	ErrScopes = errors.New("scopes are read, write, follow, push or profile, or a part such as write:statuses")
	// ErrLastAdmin: nobody would be left to manage accounts.
	ErrLastAdmin = errors.New("this is the last administrator")
)

// LimitError: there were too many tries; one more is possible after Wait.
type LimitError struct{ Wait time.Duration }

func (e *LimitError) Error() string {
	return fmt.Sprintf("too many tries; the next one is possible in %s", e.Wait.Round(time.Second))
}

// Options are what an Authenticator needs from outside.
type Options struct {
	Store     *store.Store
	Key       []byte // application key, 32 bytes
	Now       func() time.Time
	Random    io.Reader // nil: crypto/rand
	Limiter   *Limiter
	Issuer    string // name of the instance in authenticator apps
	StaffTOTP bool   // security.staff_totp: staff need a second factor

	// Audit writes an entry for a change of an account, in its transaction;
	// nil writes none. target is the user name.
	Audit func(tx *store.Tx, actor, action, target string) error
}

// Authenticator logs people in and keeps their accounts. Its methods are whole
// transactions and safe for concurrent use.
type Authenticator struct {
	opt    Options
	seals  *Sealer
	hasher *Hasher
}

// New makes an Authenticator.
func New(opt Options) (*Authenticator, error) {
	seals, err := NewSealer(opt.Key)
	if err != nil {
		return nil, err
	}
	if opt.Random == nil {
		opt.Random = rand.Reader
	}
	if opt.Audit == nil {
		opt.Audit = func(*store.Tx, string, string, string) error { return nil }
	}
	return &Authenticator{opt: opt, seals: seals, hasher: NewHasher(opt.Random)}, nil
}

func (a *Authenticator) now() time.Time { return a.opt.Now().UTC() }
