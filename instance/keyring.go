// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"polder/activitypub/proof"
)

// Keyring holds the private keys of the instance. They live in files of mode
// 0600 under keys/ and secrets/, outside the database and its backups
// (spec: architecture.md 4, security.md 6).
type Keyring struct {
	Actor       *rsa.PrivateKey    // HTTP signatures of every local actor
	Tally       ed25519.PrivateKey // signs every own signed object
	Application []byte             // 32 bytes; seals what the database holds encrypted

	dir      string
	actorPEM func() (string, error) // encoded once
}

func newKeyring(dir string, actor *rsa.PrivateKey, tally ed25519.PrivateKey, app []byte) *Keyring {
	return &Keyring{Actor: actor, Tally: tally, Application: app, dir: dir,
		actorPEM: sync.OnceValues(func() (string, error) { return encodePublic(actor) })}
}

const (
	actorKeyFile = "keys/actor.pem"
	tallyKeyFile = "keys/tally-1.pem"
	appKeyFile   = "keys/application.key"
)

// CreateKeyring makes all keys of a new instance below dir.
func CreateKeyring(dir string) (*Keyring, error) {
	for _, sub := range []string{"keys", "secrets"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("create key folder: %w", err)
		}
	}
	actor, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("generate actor key: %w", err)
	}
	_, tally, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate tally key: %w", err)
	}
	app := make([]byte, 32)
	rand.Read(app)
	k := newKeyring(dir, actor, tally, app)
	return k, k.save()
}

func (k *Keyring) save() error {
	for name, key := range map[string]any{actorKeyFile: k.Actor, tallyKeyFile: k.Tally} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := writeSecret(filepath.Join(k.dir, name), block); err != nil {
			return err
		}
	}
	return writeSecret(filepath.Join(k.dir, appKeyFile), k.Application)
}

// LoadKeyring reads the keys below dir and refuses files that others can read.
func LoadKeyring(dir string) (*Keyring, error) {
	actor, err := loadPEM[*rsa.PrivateKey](filepath.Join(dir, actorKeyFile))
	if err != nil {
		return nil, err
	}
	tally, err := loadPEM[ed25519.PrivateKey](filepath.Join(dir, tallyKeyFile))
	if err != nil {
		return nil, err
	}
	app, err := readSecret(filepath.Join(dir, appKeyFile))
	if err != nil {
		return nil, err
	}
	if len(app) != 32 {
		return nil, fmt.Errorf("read %s: %d bytes, 32 are needed", appKeyFile, len(app))
	}
	return newKeyring(dir, actor, tally, app), nil
}

// TallyMultikey is the public tally key as others pin it.
func (k *Keyring) TallyMultikey() string {
	return proof.EncodeKey(k.Tally.Public().(ed25519.PublicKey))
}

// ActorPEM is the public actor key in SPKI form.
func (k *Keyring) ActorPEM() (string, error) { return k.actorPEM() }

func encodePublic(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", fmt.Errorf("encode actor key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// NewConsultationKey makes K_c of a consultation, or returns the one there is.
func (k *Keyring) NewConsultationKey(id string) ([]byte, error) {
	key, err := k.ConsultationKey(id)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = make([]byte, 32)
	rand.Read(key)
	return key, writeSecret(k.consultationFile(id), key)
}

// ConsultationKey reads K_c; fs.ErrNotExist once it is destroyed.
func (k *Keyring) ConsultationKey(id string) ([]byte, error) {
	return readSecret(k.consultationFile(id))
}

// DestroyConsultationKey removes K_c: from then on no identity leads to a ballot.
func (k *Keyring) DestroyConsultationKey(id string) error {
	err := os.Remove(k.consultationFile(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("destroy consultation key: %w", err)
	}
	return nil
}

func (k *Keyring) consultationFile(id string) string {
	return filepath.Join(k.dir, "secrets", id+".key")
}

func loadPEM[K any](path string) (K, error) {
	var none K
	raw, err := readSecret(path)
	if err != nil {
		return none, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return none, fmt.Errorf("read key %s: not a PEM file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return none, fmt.Errorf("read key %s: %w", path, err)
	}
	key, ok := parsed.(K)
	if !ok {
		return none, fmt.Errorf("read key %s: it holds a %T", path, parsed)
	}
	return key, nil
}

func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read key %s: others can read it; set its mode to 0600", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return raw, nil
}

// writeSecret writes a new file of mode 0600 and syncs it and its folder, so
// that a key that is in use can never be lost by a crash.
func writeSecret(path string, data []byte) error {
	tmp, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("write key %s: %w", path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("sync folder %s: %w", path, err)
	}
	return nil
}
