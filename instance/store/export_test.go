// SPDX-License-Identifier: EUPL-1.2

package store

import "context"

// OpenWith is Open with other migrations.
func OpenWith(ctx context.Context, e Engine, steps []func(Writer) error) (*Store, error) {
	if err := migrate(ctx, e, steps); err != nil {
		return nil, err
	}
	return &Store{engine: e}, nil
}

// Byte gives tests the byte layer under tx.
func Byte(tx *Tx) (Reader, Writer) { return tx.r, tx.w }
