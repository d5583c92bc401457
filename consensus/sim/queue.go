// SPDX-License-Identifier: EUPL-1.2

package sim

// kind is what an event does.
type kind uint8

const (
	wakeLeaf     kind = iota // a leaf looks whether it has to publish
	pollLeaf                 // a leaf asks a parent what it holds
	sweepHub                 // a hub looks at the heads of its members and peers
	emitHub                  // a hub publishes its aggregate
	deliver                  // a message arrives
	retry                    // a message is sent again after an error
	answer                   // what a leaf or hub asked for arrives
	ask                      // a question arrives at a hub
	guardTry                 // a node in guard asks its parents
	crashNode                //
	startNode                // after a crash or a restore
	backupNode               // a backup is made
	restoreNode              // the node is set back to it
	cutBegins                //
	cutEnds                  //
	changeRoster             // the convener publishes a revision
	strangerActs             //
	thiefActs                //
	replayOld                //
)

// event is one entry of the queue. n, m and i mean what the kind says.
type event struct {
	at   int64  // virtual milliseconds since the start
	seq  uint64 // order of equal times: as scheduled
	kind kind
	node int
	i    int
	msg  *message
}

func (e event) before(o event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// queue is a binary heap of events.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	for i := len(q.heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.heap[i].before(q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *queue) pop() (event, bool) {
	if len(q.heap) == 0 {
		return event{}, false
	}
	first, last := q.heap[0], len(q.heap)-1
	q.heap[0] = q.heap[last]
	q.heap[last] = event{}
	q.heap = q.heap[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if right := child + 1; right < last && q.heap[right].before(q.heap[child]) {
			child = right
		}
		if !q.heap[child].before(q.heap[i]) {
			break
		}
		q.heap[i], q.heap[child] = q.heap[child], q.heap[i]
		i = child
	}
	return first, true
}
