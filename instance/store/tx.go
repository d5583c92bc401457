// SPDX-License-Identifier: EUPL-1.2

package store

// Tx is one transaction on the typed tables. It belongs to one goroutine and
// ends with the function that received it.
type Tx struct {
	r Reader
	w Writer // nil in a View
}

// newTx binds every table to one transaction; w is nil in a View.
func newTx(r Reader, w Writer) *Tx {
	return &Tx{r: r, w: w}
}
