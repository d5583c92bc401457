// SPDX-License-Identifier: EUPL-1.2

package opinion

// Model is the published integer form of the principal components; everybody
// computes positions from these numbers (spec: opinion.md 5). Slices run over
// the kept columns.
type Model struct {
	MuQ          []int64 `json:"muQ"`
	C1Q          []int64 `json:"c1Q"`
	C2Q          []int64 `json:"c2Q"`
	SdQ          int64   `json:"sdQ"`
	NCols        int     `json:"nCols"`
	NModOut      int     `json:"nModOut"`
	Participants int64   `json:"participants"`
	InConvMin    int     `json:"inConvMin"`
}

// Point is a position: 2^20 units per unit of distance.
type Point struct{ X, Y int64 }

// MarshalJSON writes [x,y].
func (p Point) MarshalJSON() ([]byte, error) { return appendPair(nil, p.X, p.Y), nil }
