// SPDX-License-Identifier: EUPL-1.2

package federationtest

import "crypto/rand"

// random is the system's source of randomness as an io.Reader.
type random struct{}

func (random) Read(p []byte) (int, error) { return rand.Read(p) }
