// SPDX-License-Identifier: EUPL-1.2

package store

import (
	"fmt"
	"time"
)

// Tx is one transaction: the typed records of every table, bound to it. It is
// valid only inside the function given to Store.View or Store.Update. In a
// View the records are read-only.
type Tx struct {
	r Reader
	w Writer // nil in a View

	after []func() // run once the transaction is on disk

	Meta          Records[Meta]         // by name
	Consultations Records[Consultation] // by id; indexes slug, root
	Generations   Counters              // by consultation id; changes with the consultation
	Ballots       Records[Ballot]       // by consultation, question, voter key
	Counts        Records[QuestionCounts]
	Codes         Records[LetterCode]  // by consultation, hash
	CodeBatches   Records[CodeBatch]   // by consultation, number
	VoteHosts     Records[VoteHost]    // by consultation, question, host
	Polls         Records[Poll]        // by id; index consultation
	Statements    Records[Statement]   // by StatementKey; indexes number, sameness, state, author, origin
	Rows          Records[OpinionRow]  // by consultation, row key
	Rounds        Records[Rounds]      // by consultation id
	Groups        Records[Groups]      // by consultation id
	Shares        Records[ShareSlot]   // by ShareSlotKey
	Frozen        Records[OpinionRow]  // by consultation, row key: rows as the last share counted them
	Blobs         Blobs                // by digest
	BlobReaders   Records[BlobReaders] // by digest
	Joinings      Records[Joining]     // by root
	Candidates    Records[Candidate]   // by instance actor
	Memberships   Records[Membership]  // by instance actor of the other side
	Signed        Records[Signed]      // by digest; indexes id, context, chain
	Definitions   Records[[]byte]      // by digest
	Counting      Records[Counting]    // by consultation id
	Aggregating   Records[Aggregating]
	Acks          Records[Acknowledgement] // by FollowKey of digest, actor
	Actors        Records[Actor]           // remote actors by HashPart of the id
	Followers     Records[Follower]        // by FollowKey
	Following     Records[Following]       // by FollowKey
	Objects       Records[Object]          // own published objects by id; index owner
	Outbox        Records[OutboxItem]      // by local actor, time, activity
	Peers         Records[Peer]            // by host name
	PeerLog       Records[PeerLine]        // by time
	Seen          Records[time.Time]       // by HashPart of the activity id; index at
	Jobs          Records[Job]             // by due time
	Deliveries    Records[Delivery]        // by due time; index replaces
	DeadLetters   Records[Delivery]        // by time
	Audit         Records[AuditEntry]      // by number
}

func newTx(r Reader, w Writer) *Tx {
	tx := &Tx{r: r, w: w}
	tx.Meta = metaKind.In(tx)
	tx.Consultations = consultationKind.In(tx)
	tx.Generations = CountersIn(tx, "generations")
	tx.Ballots = ballotKind.In(tx)
	tx.Counts = countsKind.In(tx)
	tx.Codes = codeKind.In(tx)
	tx.CodeBatches = codeBatchKind.In(tx)
	tx.VoteHosts = voteHostKind.In(tx)
	tx.Polls = pollKind.In(tx)
	tx.Statements = statementKind.In(tx)
	tx.Rows = opinionRowKind.In(tx)
	tx.Rounds = roundsKind.In(tx)
	tx.Groups = groupsKind.In(tx)
	tx.Shares = shareSlotKind.In(tx)
	tx.Frozen = frozenKind.In(tx)
	tx.Blobs = BlobsIn(tx, blobTable)
	tx.BlobReaders = blobReadersKind.In(tx)
	tx.Joinings = joiningKind.In(tx)
	tx.Candidates = candidateKind.In(tx)
	tx.Memberships = membershipKind.In(tx)
	tx.Signed = signedKind.In(tx)
	tx.Definitions = definitionKind.In(tx)
	tx.Counting = countingKind.In(tx)
	tx.Aggregating = aggregatingKind.In(tx)
	tx.Acks = ackKind.In(tx)
	tx.Actors = actorKind.In(tx)
	tx.Followers = followerKind.In(tx)
	tx.Following = followingKind.In(tx)
	tx.Objects = objectKind.In(tx)
	tx.Outbox = outboxKind.In(tx)
	tx.Peers = peerKind.In(tx)
	tx.PeerLog = peerLogKind.In(tx)
	tx.Seen = seenKind.In(tx)
	tx.Jobs = jobKind.In(tx)
	tx.Deliveries = deliveryKind.In(tx)
	tx.DeadLetters = deadLetterKind.In(tx)
	tx.Audit = auditKind.In(tx)
	return tx
}

// AfterCommit runs fn once the transaction is on disk, and not at all if it
// fails: waking a worker earlier would let it look too soon.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Meta is what the instance remembers of itself.
type Meta struct {
	Created time.Time `json:"created"`
}

// The tables of the instance. Values are JSON behind one version byte.
var (
	metaKind         = Kind[Meta]{Table: "instance", Version: 1}
	consultationKind = Kind[Consultation]{Table: "consultations", Version: 1, Indexes: []Index[Consultation]{
		{Name: "slug", Unique: true, Keys: func(_ string, c Consultation) []string { return []string{c.Slug} }},
		{Name: "root", Unique: true, Keys: func(_ string, c Consultation) []string { return filled(c.Root) }},
	}}
	ballotKind    = Kind[Ballot]{Table: "ballots", Version: 1}
	countsKind    = Kind[QuestionCounts]{Table: "counts", Version: 1}
	codeKind      = Kind[LetterCode]{Table: "codes", Version: 1}
	codeBatchKind = Kind[CodeBatch]{Table: "code-batches", Version: 1}
	voteHostKind  = Kind[VoteHost]{Table: "vote-hosts", Version: 1}
	pollKind      = Kind[Poll]{Table: "polls", Version: 1, Indexes: []Index[Poll]{
		{Name: "consultation", Keys: func(_ string, p Poll) []string {
			return []string{Key(p.Consultation, Uint64Part(uint64(p.Number)))}
		}},
	}}
	joiningKind    = Kind[Joining]{Table: "joinings", Version: 1}
	candidateKind  = Kind[Candidate]{Table: "candidates", Version: 1}
	membershipKind = Kind[Membership]{Table: "memberships", Version: 1}
	signedKind     = Kind[Signed]{Table: "signed", Version: 1, Indexes: []Index[Signed]{
		{Name: "id", Keys: func(_ string, d Signed) []string { return []string{HashPart(d.ID)} }},
		{Name: "chain", Keys: func(_ string, d Signed) []string { return []string{ChainKey(d)} }},
	}}
	definitionKind  = Raw("definitions")
	countingKind    = Kind[Counting]{Table: "counting", Version: 1}
	aggregatingKind = Kind[Aggregating]{Table: "aggregating", Version: 1}
	ackKind         = Kind[Acknowledgement]{Table: "acknowledgements", Version: 1}
	actorKind       = Kind[Actor]{Table: "actors", Version: 1}
	followerKind    = Kind[Follower]{Table: "followers", Version: 1}
	followingKind   = Kind[Following]{Table: "following", Version: 1}
	objectKind      = Kind[Object]{Table: "objects", Version: 1}
	outboxKind      = Kind[OutboxItem]{Table: "outbox", Version: 1}
	peerKind        = Kind[Peer]{Table: "peers", Version: 1}
	peerLogKind     = Kind[PeerLine]{Table: "peer-log", Version: 1}
	seenKind        = Kind[time.Time]{Table: "seen", Version: 1, Indexes: []Index[time.Time]{
		{Name: "at", Keys: func(_ string, at time.Time) []string { return []string{TimePart(at)} }},
	}}
	jobKind      = Kind[Job]{Table: "jobs", Version: 1}
	deliveryKind = Kind[Delivery]{Table: "deliveries", Version: 1, Indexes: []Index[Delivery]{
		{Name: "replaces", Keys: func(_ string, d Delivery) []string {
			if d.Replaces == "" || d.Leased {
				return nil
			}
			return []string{Key(d.Host, d.Replaces)}
		}},
	}}
	deadLetterKind = Kind[Delivery]{Table: "dead-letters", Version: 1}
	auditKind      = Kind[AuditEntry]{Table: "audit", Version: 1}
)

func filled(values ...string) []string {
	var list []string
	for _, v := range values {
		if v != "" {
			list = append(list, v)
		}
	}
	return list
}

// ChainKey places a signed document in its chain: context, type, kind, area,
// epoch, revision. Ids are hashed: they may be longer than a key.
func ChainKey(d Signed) string {
	return Key(HashPart(d.Context), d.Type, d.Kind, d.Area, fmt.Sprintf("%08d", d.Epoch), Uint64Part(uint64(d.Revision)), d.Digest)
}

// ChainPrefix starts the chain keys of a context, narrowed by type, kind and area.
func ChainPrefix(context string, narrowed ...string) string {
	return Prefix(append([]string{HashPart(context)}, narrowed...)...)
}

// EpochPrefix starts the chain keys of the documents of one epoch that belong to
// no area.
func EpochPrefix(context, kind string, epoch int64) string {
	return Prefix(HashPart(context), kind, "", "", fmt.Sprintf("%08d", epoch))
}

// IDPrefix finds signed documents by their id.
func IDPrefix(id string) string { return Prefix(HashPart(id)) }

// FollowKey ties something of ours to a remote actor.
func FollowKey(local, remote string) string { return Key(local, HashPart(remote)) }
