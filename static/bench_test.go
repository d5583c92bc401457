// SPDX-License-Identifier: EUPL-1.2

package static_test

import (
	"testing"

	"polder/static"
)

// BenchmarkNew is part of the start-up time of an instance.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := static.New(static.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
