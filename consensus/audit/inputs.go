// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"errors"
	"strings"
	"sync"

	"polder/activitypub/proof"
	"polder/consensus"
	"polder/consensus/tally"
)

// atOnce is how many inputs are fetched at the same time.
const atOnce = 8

const whatInput = "input: digest, pinned key, arithmetic"

// inputs fetches and checks every input of an aggregate; keyed by digest.
// missing reports that some could not be had, at home or as a copy.
func (v *verifier) inputs(agg *tally.Doc, roster *tally.Roster, def *consensus.Definition) (docs map[string]*tally.Doc, missing bool) {
	results := make([]*tally.Doc, len(agg.Inputs))
	partial := &Report{} // findings of the workers, put in order afterwards
	reports := make([]*Report, len(agg.Inputs))
	var wait sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for i, in := range agg.Inputs {
		reports[i] = &Report{}
		wait.Add(1)
		turn <- struct{}{}
		go func() {
			defer func() { <-turn; wait.Done() }()
			one := &verifier{ctx: v.ctx, src: v.src, rep: reports[i], deep: v.deep}
			results[i] = one.input(agg, in, roster, def)
		}()
	}
	wait.Wait()
	docs = map[string]*tally.Doc{}
	for i, d := range results {
		partial.Findings = append(partial.Findings, reports[i].Findings...)
		for _, line := range reports[i].NotChecked {
			v.rep.notChecked("%s", line)
		}
		for _, line := range reports[i].Notes {
			v.rep.note("%s", line)
		}
		if d == nil {
			missing = true
			continue
		}
		docs[d.Digest] = d
	}
	v.rep.Findings = append(v.rep.Findings, partial.Findings...)
	return docs, missing
}

// input reads a tally at its own id and as the aggregator's copy. Either will
// do, but whichever is served must be the document the aggregate names.
func (v *verifier) input(agg *tally.Doc, in tally.Input, roster *tally.Roster, def *consensus.Definition) *tally.Doc {
	copyAt := agg.Consultation + "/inputs/" + strings.TrimPrefix(in.Digest, "sha256:")
	home, homeErr := v.served(in.ID, in.Digest)
	copied, copyErr := v.served(copyAt, in.Digest)
	switch {
	case errors.Is(homeErr, errOther) || errors.Is(copyErr, errOther):
		return nil // recorded
	case homeErr != nil && copyErr != nil:
		v.rep.unknown(whatInput, in.ID, "at home: %v; copy: %v", homeErr, copyErr)
		return nil
	case homeErr != nil:
		v.rep.note("%s could not be read at home (%v); the aggregator's copy was used", in.ID, homeErr)
		return v.checked(copyAt, copied, roster, def)
	case copyErr != nil:
		v.rep.note("the aggregator's copy of %s could not be read: %v", in.ID, copyErr)
	case !bytes.Equal(home, copied):
		if v.checked(copyAt, copied, roster, def) == nil {
			return nil
		}
	}
	return v.checked(in.ID, home, roster, def)
}

var errOther = errors.New("another document is served")

// served fetches a document of known digest; errOther if it is another one,
// which is proven wrong and recorded.
func (v *verifier) served(address, digest string) ([]byte, error) {
	raw, err := v.src.Fetch(v.ctx, address)
	if err != nil {
		return nil, err
	}
	got, err := proof.Digest(raw)
	if err == nil && got == digest {
		return raw, nil
	}
	if !looksLikeJSON(raw) {
		return nil, errors.New("no JSON document")
	}
	if err != nil {
		got = "none: " + err.Error()
	}
	v.rep.wrong(whatInput, address, tally.CodeChanged, "digest %s, the aggregate names %s", got, digest)
	return nil, errOther
}

// checked parses an input, verifies its proof by a pinned key and its contents.
func (v *verifier) checked(address string, raw []byte, roster *tally.Roster, def *consensus.Definition) *tally.Doc {
	d, err := tally.Parse(raw)
	if err != nil {
		v.rep.wrong(whatInput, address, problemCode(err), "%v", err)
		return nil
	}
	m, ok := roster.Member(d.Area)
	if !ok {
		v.rep.wrong(whatInput, address, tally.CodeNotInRoster, "%s is not in the Roster", d.Area)
		return nil
	}
	if err := d.VerifyBy(m.PinnedKeys()...); err != nil {
		v.rep.wrong(whatInput, address, tally.CodeSigner, "%v", err)
		return nil
	}
	fails, warns := d.Validate(def, roster)
	for _, w := range warns {
		v.rep.note("%s: %v", d.ID, w)
	}
	if d.Sealed != "" {
		v.rep.notChecked("%s: its sealed tally; only the convener may read it", d.ID)
	}
	if !v.rep.problems(whatInput, address, fails) {
		return nil
	}
	return d
}
