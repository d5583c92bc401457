// SPDX-License-Identifier: EUPL-1.2

package instance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"polder/activitypub"
	"polder/instance/store"
)

const (
	inboxWorkers = 4
	claimSize    = 128
)

// received is one verified activity for a handler: the document, who signed
// the request, and when it arrived.
type received struct {
	doc    *activitypub.Document
	actor  string
	signer string
	at     time.Time
}

// handler acts on one kind of activity. A reason error means "refused, and
// this is why": it goes to the peer log and the job is done. Any other error
// makes the job run again later.
type handler func(*Service, context.Context, received) error

// handlers maps verbs to their handlers, one file each.
var handlers = map[string]handler{
	activitypub.TypeFollow:   (*Service).handleFollow,
	activitypub.TypeUndo:     (*Service).handleUndo,
	activitypub.TypeAccept:   (*Service).handleAccept,
	activitypub.TypeReject:   (*Service).handleReject,
	activitypub.TypeCreate:   (*Service).handleCreate,
	activitypub.TypeUpdate:   (*Service).handleUpdate,
	activitypub.TypeDelete:   (*Service).handleDelete,
	activitypub.TypeAnnounce: (*Service).handleAnnounce,
	activitypub.TypeOffer:    (*Service).handleOffer,
	activitypub.TypeInvite:   (*Service).handleInvite,
	activitypub.TypeJoin:     (*Service).handleJoin,
	activitypub.TypeLeave:    (*Service).handleLeave,
	activitypub.TypeRemove:   (*Service).handleRemove,
}

// inboxWorker works through the queue of verified activities.
type inboxWorker struct {
	s       *Service
	wake    chan struct{}
	waiting atomic.Int64
}

func newInboxWorker(s *Service) *inboxWorker {
	return &inboxWorker{s: s, wake: make(chan struct{}, 1)}
}

func (w *inboxWorker) full() bool { return w.waiting.Load() >= maxJobs }

func (w *inboxWorker) added(n int64) {
	w.waiting.Add(n)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (w *inboxWorker) run(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := w.s.WorkInbox(ctx)
		if err != nil && ctx.Err() == nil {
			w.s.log.Error("work inbox", "err", err)
		}
		if n > 0 {
			continue
		}
		timer := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// job is a claimed row of the queue.
type job struct {
	key string
	store.Job
	failed error // why its handler has to run again
}

// WorkInbox handles what is due now, a bounded number of jobs with a bounded
// number of workers, and returns how many it handled.
func (s *Service) WorkInbox(ctx context.Context) (int, error) {
	batch, err := s.claimJobs(ctx)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	todo := make(chan *job)
	var done sync.WaitGroup
	for range inboxWorkers {
		done.Go(func() {
			for j := range todo {
				j.failed = s.handle(ctx, j.Job)
			}
		})
	}
	for i := range batch {
		todo <- &batch[i]
	}
	close(todo)
	done.Wait()
	if ctx.Err() != nil {
		return 0, nil // the leases run out; the jobs are handled again
	}
	return len(batch), s.settleJobs(ctx, batch)
}

// claimJobs leases due jobs; after a crash they are released at start.
func (s *Service) claimJobs(ctx context.Context) ([]job, error) {
	now := s.now()
	var batch []job
	due := store.Query{To: store.TimePart(now) + "\xff", Limit: claimSize}
	err := s.store.View(ctx, func(tx *store.Tx) error {
		batch = nil
		for row, err := range tx.Jobs.Find(due) {
			if err != nil {
				return err
			}
			batch = append(batch, job{key: row.Key, Job: row.Value})
		}
		return nil
	})
	if err != nil || len(batch) == 0 {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		for i := range batch {
			j := &batch[i]
			leased := j.Job
			leased.Leased = true
			key := store.Key(store.TimePart(now.Add(leaseTime)), store.Parts(j.key)[1])
			if err := errors.Join(tx.Jobs.Delete(j.key), tx.Jobs.Put(key, leased)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lease jobs: %w", err)
	}
	for i := range batch {
		batch[i].key = store.Key(store.TimePart(now.Add(leaseTime)), store.Parts(batch[i].key)[1])
	}
	return batch, nil
}

// handle runs one job; a refusal is logged and is no failure.
func (s *Service) handle(ctx context.Context, j store.Job) error {
	err := s.process(ctx, j)
	var refused *reason
	if errors.As(err, &refused) {
		s.logRefusal(j, refused)
		return nil
	}
	return err
}

func (s *Service) process(ctx context.Context, j store.Job) error {
	doc, err := activitypub.Parse(j.Raw)
	if err != nil {
		return &reason{"malformed", err.Error()}
	}
	s.deliver.revive(hostOf(doc.IRI("actor")))
	h, ok := handlers[doc.Type()]
	if !ok {
		return nil // unknown types were answered 202 and have no effect
	}
	return h(s, ctx, received{doc: doc, actor: doc.IRI("actor"), signer: j.Signer, at: j.Received})
}

func (s *Service) logRefusal(j store.Job, r *reason) {
	doc, err := activitypub.Parse(j.Raw)
	kind := ""
	if err == nil {
		kind = doc.Type()
	}
	s.peerLog.add(store.PeerLine{At: s.now().UTC(), Host: hostOf(j.Signer), Type: kind,
		Activity: j.Activity, Code: r.code, Detail: clean(r.text, 300)})
}

// maxAttempts bounds how often a failing job runs.
const maxAttempts = 6

// settleJobs removes finished jobs in one transaction; one that failed runs
// again later.
func (s *Service) settleJobs(ctx context.Context, batch []job) error {
	finished := int64(0)
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		finished = 0
		for _, j := range batch {
			if err := tx.Jobs.Delete(j.key); err != nil {
				return err
			}
			if j.failed == nil || j.Attempts+1 >= maxAttempts {
				finished++
				continue
			}
			next := j.Job
			next.Leased = false
			next.Attempts++
			due := s.now().Add(time.Duration(1<<j.Attempts) * s.jobPause())
			if err := tx.Jobs.Put(store.Key(store.TimePart(due), store.Parts(j.key)[1]), next); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("settle jobs: %w", err)
	}
	for _, j := range batch {
		if j.failed != nil {
			s.log.Warn("inbox job", "activity_id", j.Activity, "attempt", j.Attempts+1, "err", j.failed)
		}
	}
	s.jobs.waiting.Add(-finished)
	return nil
}

// jobPause is the first wait before a failed job runs again.
func (s *Service) jobPause() time.Duration {
	if s.opt.Dev {
		return time.Second
	}
	return time.Minute
}

// releaseJobs makes leased jobs due again after a kill, and counts the queue.
func (s *Service) releaseJobs(tx *store.Tx) error {
	var leased []job
	n := int64(0)
	for row, err := range tx.Jobs.List("") {
		if err != nil {
			return err
		}
		n++
		if row.Value.Leased {
			leased = append(leased, job{key: row.Key, Job: row.Value})
		}
	}
	for _, j := range leased {
		j.Leased = false
		key := store.Key(store.TimePart(j.Received), store.Parts(j.key)[1])
		if err := errors.Join(tx.Jobs.Delete(j.key), tx.Jobs.Put(key, j.Job)); err != nil {
			return err
		}
	}
	s.jobs.waiting.Store(n)
	return nil
}

// jobsReceivedBefore tells whether the queue still holds something that came
// in before t: counting waits for it.
func jobsReceivedBefore(tx *store.Tx, t time.Time) (bool, error) {
	for row, err := range tx.Jobs.List("") {
		if err != nil {
			return false, err
		}
		if row.Value.Received.Before(t) {
			return true, nil
		}
	}
	return false, nil
}
