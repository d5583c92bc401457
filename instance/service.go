// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"polder/activitypub/client"
	"polder/activitypub/httpsig"
	"polder/consensus/area"
	"polder/consensus/opinion"
	"polder/instance/locale"
	"polder/instance/store"
)

// Timing holds the delays of the counting rules and of the background work
// (spec: architecture.md 7, keys `log` and `count`).
type Timing struct {
	MergeDelay     time.Duration // after closing, for what is under way
	Grace          time.Duration // on top of it: the cutoff
	TallyBy        time.Duration // after closing: when the count is due
	Objection      time.Duration // after TallyBy: when it becomes final
	Debounce       time.Duration // before an aggregate is published
	Interim        time.Duration // between two interim tallies
	PollOpen       time.Duration // heads of members, while voting
	PollCounting   time.Duration // the same, between close and final
	QuestionUpdate time.Duration // between two updates of one poll
	StatsDeadline  time.Duration // of the first and last step of an opinion round
	StepDeadline   time.Duration // of the steps in between
	ShareGap       time.Duration // between two interim opinion rounds
}

// Options are what a Service needs from outside. Clock and log are parameters,
// so tests run with their own.
type Options struct {
	BaseURL   string
	Level     string // municipality, province, nation
	Area      string // CBS code: GM0059, PV21, NL01
	Name      string
	Languages []string
	Parent    string // base URL of the parent instance, or empty
	Dev       bool
	K         int
	Version   string
	Contact   string // security contact, for security.txt
	Timing    Timing
	Opinion   opinion.Params // floors of opinion rounds; the zero value is the default
	Store     *store.Store
	Keys      *Keyring
	Client    *client.Client
	Areas     *area.List
	Texts     *locale.Catalogues
	Now       func() time.Time
	Log       *slog.Logger
	// AdmitHost limits verified activities per signing host; nil is no limit.
	AdmitHost func(host string) (wait time.Duration, ok bool)
	// Draw gives numbers in [0, 1) by which somebody unknown is asked a first
	// statement; nil is the generator of the runtime.
	Draw func() float64
}

// Service runs one instance. Its methods are the use cases; each exported
// method is one or more whole transactions.
type Service struct {
	Addresses
	opt     Options
	store   *store.Store
	keys    *Keyring
	client  *client.Client
	now     func() time.Time
	log     *slog.Logger
	seals   cipher.AEAD
	printer *locale.Printer // first language of the instance, for what goes out
	created time.Time       // of the instance, for `published`

	guard   guard
	peerLog peerLog
	remotes *remoteKeys
	tallies tallyCache
	jobs    *inboxWorker
	deliver *deliverer
	rounds  *rounds

	conversations *conversations
	wake          chan struct{} // the scheduler looks at once

	mu   sync.RWMutex
	cons map[string]*store.Consultation // by id; immutable values, replaced when the generation changes
	kcs  map[string][]byte              // K_c by consultation id

	talks      map[string]*talk              // by consultation id; immutable values
	priorities map[string]map[string]float64 // weights of statements by consultation id
}

// New readies a Service; Run starts its background work.
func New(ctx context.Context, opt Options) (*Service, error) {
	addr, err := NewAddresses(opt.BaseURL)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(opt.Keys.Application)
	if err != nil {
		return nil, fmt.Errorf("application key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("application key: %w", err)
	}
	s := &Service{
		Addresses: addr, opt: opt, store: opt.Store, keys: opt.Keys, client: opt.Client,
		now: opt.Now, log: opt.Log, seals: aead,
		printer: opt.Texts.Printer(opt.Languages[0]),
		wake:    make(chan struct{}, 1),
		cons:    map[string]*store.Consultation{}, kcs: map[string][]byte{},
		talks: map[string]*talk{}, priorities: map[string]map[string]float64{},
	}
	s.remotes = newRemoteKeys()
	s.rounds, s.conversations = newRounds(), newConversations()
	s.jobs = newInboxWorker(s)
	s.deliver = newDeliverer(s)
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// start frees what a killed process held and remembers when the instance began.
func (s *Service) start(ctx context.Context) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		meta, err := tx.Meta.Get("instance")
		if errors.Is(err, store.ErrNotFound) {
			meta = store.Meta{Created: s.now().UTC().Truncate(time.Second)}
			err = tx.Meta.Put("instance", meta)
		}
		if err != nil {
			return err
		}
		s.created = meta.Created
		return errors.Join(s.releaseJobs(tx), s.releaseDeliveries(tx))
	})
	if err != nil {
		return fmt.Errorf("start instance: %w", err)
	}
	return nil
}

// Options gives what the service was started with.
func (s *Service) Options() Options { return s.opt }

// Now is the clock of the service.
func (s *Service) Now() time.Time { return s.now() }

// signer signs requests as one of the local actors; all share one RSA key.
func (s *Service) signer(actor string) httpsig.Signer {
	return httpsig.Signer{KeyID: actor + "#main-key", Key: s.keys.Actor}
}

// fetchSigner signs every GET: as the instance actor.
func (s *Service) fetchSigner() *httpsig.Signer {
	sig := s.signer(s.Actor())
	return &sig
}

// poke makes the scheduler look now instead of at its next tick.
func (s *Service) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// cachedConsultation returns the consultation as it is in tx. Votes come by
// the thousand and definitions are large, so the decoded value is kept until
// its generation changes.
func (s *Service) cachedConsultation(tx *store.Tx, id string) (*store.Consultation, error) {
	gen, err := tx.Generations.Get(id)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	c := s.cons[id]
	s.mu.RUnlock()
	if c != nil && c.Generation == gen {
		return c, nil
	}
	fresh, err := tx.Consultations.Get(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.cons[id] = &fresh
	s.mu.Unlock()
	return &fresh, nil
}

// putConsultation stores c under a new generation.
func putConsultation(tx *store.Tx, c *store.Consultation) error {
	c.Generation++
	return errors.Join(tx.Consultations.Put(c.ID, *c), tx.Generations.Set(c.ID, c.Generation))
}

// consultationKey is K_c of a consultation in which people vote here.
func (s *Service) consultationKey(id string) ([]byte, error) {
	s.mu.RLock()
	kc := s.kcs[id]
	s.mu.RUnlock()
	if kc != nil {
		return kc, nil
	}
	kc, err := s.keys.ConsultationKey(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(CodeConflict, "error.closed", err)
	}
	if err != nil {
		return nil, AsError(err)
	}
	s.mu.Lock()
	s.kcs[id] = kc
	s.mu.Unlock()
	return kc, nil
}

// seal encrypts what the database must not hold in the clear.
func (s *Service) seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, s.seals.NonceSize())
	rand.Read(nonce)
	return s.seals.Seal(nonce, nonce, plain, []byte(purpose))
}

func (s *Service) unseal(purpose string, sealed []byte) ([]byte, error) {
	n := s.seals.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("sealed value is too short")
	}
	return s.seals.Open(nil, sealed[:n], sealed[n:], []byte(purpose))
}
