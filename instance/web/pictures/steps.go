// SPDX-License-Identifier: EUPL-1.2

package pictures

import "time"

// Step is one phase of a consultation, for the stepper and the timeline.
type Step struct {
	Kind  string // inform, debate, vote, answer or evaluate
	Title string // own title, or "" for the name of the kind
	Start time.Time
	End   time.Time // zero = open end
	State string    // done, now or planned
}
