// SPDX-License-Identifier: EUPL-1.2

package auth

// Cheapen makes password hashes cost almost nothing.
func (a *Authenticator) Cheapen() { a.hasher.costs = argonParams{memory: 8, passes: 1, threads: 1} }
