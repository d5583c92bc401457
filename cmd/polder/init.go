// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"polder/activitypub/proof"
	"polder/instance"
	"polder/instance/config"
)

// runInit is `polder init`.
func runInit(_ context.Context, args []string, io stdio) error {
	f := newFlags("init")
	var o instanceOptions
	f.StringVar(&o.Dir, "dir", "", "folder of the instance: new, or empty")
	f.StringVar(&o.URL, "url", "", "public address, such as https://denkmee.example.nl; fixed from then on")
	f.StringVar(&o.Level, "level", "", "municipality, province or nation")
	f.StringVar(&o.Area, "area", "", "CBS code: GM0037, PV20, NL01")
	f.StringVar(&o.Name, "name", "", "name as residents know it, such as \"Gemeente Stadskanaal\"")
	f.StringVar(&o.Parent, "parent", "", "address of the province or nation above")
	f.BoolVar(&o.Dev, "dev", false, "for trying out: allow http and loopback addresses")
	if _, err := f.parse(args, io); err != nil {
		return err
	}
	if err := f.require("dir", "url", "level", "area", "name"); err != nil {
		return err
	}
	o.URL, o.Parent = strings.TrimRight(o.URL, "/"), strings.TrimRight(o.Parent, "/")
	if err := createInstance(o); err != nil {
		return err
	}
	keys, err := instance.LoadKeyring(o.Dir)
	if err != nil {
		return err
	}
	return writeReady(io.Out, o, keys)
}

// writeReady prints fingerprints and what comes next.
func writeReady(w io.Writer, o instanceOptions, keys *instance.Keyring) error {
	tally, err := proof.Fingerprint(keys.TallyMultikey())
	if err != nil {
		return err
	}
	actor, err := actorFingerprint(keys)
	if err != nil {
		return err
	}
	dev := ""
	if o.Dev {
		dev = " -dev"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s) is ready in %s.\n", o.Name, o.Area, o.Dir)
	fmt.Fprintf(&b, "\n")
	fmt.Fprintf(&b, "Fingerprint of the tally key, for the ceremony with parent and members:\n")
	fmt.Fprintf(&b, "  %s\n", tally)
	fmt.Fprintf(&b, "Fingerprint of the key of HTTP signatures:\n")
	fmt.Fprintf(&b, "  %s\n", actor)
	fmt.Fprintf(&b, "\n")
	fmt.Fprintf(&b, "Next:\n")
	fmt.Fprintf(&b, "  1. Look at the settings in %s/%s.\n", strings.TrimRight(o.Dir, "/"), config.FileName)
	fmt.Fprintf(&b, "  2. Make an account for staff, with a password of your own on standard input:\n")
	fmt.Fprintf(&b, "     polder account create -dir %s -username NAME -email ADDRESS -role admin -password-stdin\n", quoted(o.Dir))
	fmt.Fprintf(&b, "  3. Start: polder serve -dir %s%s\n", quoted(o.Dir), dev)
	fmt.Fprintf(&b, "  4. Keep a copy of the keys in a safe place: polder backup -dir %s -out FILE -with-secrets\n", quoted(o.Dir))
	_, err = io.WriteString(w, b.String())
	return err
}

// actorFingerprint is the SHA-256 of the SPKI form of the RSA key, written like
// that of the tally key.
func actorFingerprint(keys *instance.Keyring) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&keys.Actor.PublicKey)
	if err != nil {
		return "", fmt.Errorf("encode actor key: %w", err)
	}
	sum := sha256.Sum256(der)
	digits := hex.EncodeToString(sum[:])
	var groups []string
	for i := 0; i < len(digits); i += 4 {
		groups = append(groups, digits[i:i+4])
	}
	return strings.Join(groups, " "), nil
}

// quoted makes a path fit for a shell.
func quoted(path string) string {
	if path != "" && strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+@%") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
