// SPDX-License-Identifier: EUPL-1.2

// Package auth knows who is there: accounts, passwords, second factors, HTTP
// sessions, access tokens and the limits on trying (spec: security.md 4.2, 4.4
// and 6).
//
// Nothing here is secret by place: passwords lie as argon2id hashes, tokens and
// recovery codes as SHA-256, mail addresses and TOTP secrets sealed with the
// application key. Hashing is never done inside a transaction.
//
// It must not import instance, pages or echo: it knows no requests, only
// addresses and texts. Read authenticator.go first, then login.go.
package auth
