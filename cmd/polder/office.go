// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"polder/consensus"
	"polder/instance/auth"
	"polder/instance/config"
	"polder/instance/store"
)

// office is the work of commands on an instance: done on its store, or handed
// to the process that has the store open.
type office interface {
	CreateAccount(ctx context.Context, n newAccount) (auth.Enrolment, error)
	Accounts(ctx context.Context) ([]accountLine, error)
	Token(ctx context.Context, username, scopes string) (string, error)
	ImportCodes(ctx context.Context, slug string, list io.Reader) (added int, err error)
	Groups(ctx context.Context, slug string) (*shownGroups, error)
	OpenData(ctx context.Context, slug, name string) ([]byte, error)
	Backup(ctx context.Context, w io.Writer, secrets bool) error
	Close() error
}

// newAccount is what `account create` asks for.
type newAccount struct {
	Username string `json:"username"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Password string `json:"password"`
}

// accountLine is one line of `account list`.
type accountLine struct {
	Username string    `json:"username"`
	Roles    []string  `json:"roles"`
	Disabled bool      `json:"disabled"`
	Factor   bool      `json:"factor"`
	Created  time.Time `json:"created"`
}

// enterOffice reaches the instance of a folder: through its control door if it
// runs, else by opening its store.
func enterOffice(ctx context.Context, dir string) (office, error) {
	remote, err := knock(ctx, dir)
	if err == nil {
		return remote, nil
	}
	if !errors.Is(err, errNoDoor) {
		return nil, err
	}
	local, err := openDesk(ctx, dir)
	if !errors.Is(err, store.ErrLocked) {
		return local, err
	}
	if remote, again := knock(ctx, dir); again == nil { // it was just starting
		return remote, nil
	}
	return nil, err
}

// desk does the work in the process that has the store open.
type desk struct {
	*opened
	dir string
}

// openDesk opens the store of an instance that does not run.
func openDesk(ctx context.Context, dir string) (*desk, error) {
	if err := isInstance(dir); err != nil {
		return nil, err
	}
	// Nothing goes out to the network, so an instance for trying out is as good.
	c, err := loadConfig(config.Sources{Dir: dir, Environ: os.Environ(), Dev: true})
	if err != nil {
		return nil, err
	}
	o, err := options(c)
	if err != nil {
		return nil, err
	}
	o.Log = slog.New(slog.DiscardHandler)
	p, err := openInstance(ctx, o)
	if err != nil {
		return nil, err
	}
	return &desk{opened: p, dir: dir}, nil
}

// byCommand is the actor of the audit log for what the command line did.
const byCommand = "command line"

func (d *desk) CreateAccount(ctx context.Context, n newAccount) (auth.Enrolment, error) {
	roles, err := consensus.CommandLineRoles(n.Role)
	if err != nil {
		return auth.Enrolment{}, fmt.Errorf("unknown role %q: it is resident, moderator, editor or admin", n.Role)
	}
	_, enrolment, err := d.Auth.Create(ctx, byCommand, auth.NewAccount{Username: n.Username, Email: n.Email, Password: n.Password, Roles: roles})
	return enrolment, err
}

func (d *desk) Accounts(ctx context.Context) ([]accountLine, error) {
	all, err := d.Auth.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	lines := make([]accountLine, len(all))
	for i, a := range all {
		lines[i] = accountLine{Username: a.Username, Disabled: a.Disabled, Factor: a.TOTP != nil, Created: a.CreatedAt}
		for _, r := range a.Roles {
			lines[i].Roles = append(lines[i].Roles, string(r))
		}
	}
	return lines, nil
}

func (d *desk) Token(ctx context.Context, username, scopes string) (string, error) {
	list, err := auth.ParseScopes(scopes)
	if err != nil {
		return "", err
	}
	token, err := d.Auth.IssueToken(ctx, byCommand, username, list)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("there is no account %q", username)
	}
	return token, err
}

func (d *desk) ImportCodes(ctx context.Context, slug string, list io.Reader) (int, error) {
	added, err := d.Service.ImportCodes(ctx, byCommand, slug, list)
	if errors.Is(err, store.ErrNotFound) {
		return 0, fmt.Errorf("there is no consultation %q", slug)
	}
	return added, err
}

func (d *desk) Backup(ctx context.Context, w io.Writer, secrets bool) error {
	return writeBackup(ctx, w, d.dir, d.Store, secrets)
}
