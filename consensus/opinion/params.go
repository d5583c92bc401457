// SPDX-License-Identifier: EUPL-1.2

package opinion

// Params are the constants of one computation (spec: opinion.md 12, Round.params).
type Params struct {
	InConvMin     int      `json:"inConvMin"`
	PairMin       int      `json:"pairMin"`
	MinShare      int      `json:"minShare"`
	MinChanged    int      `json:"minChanged"`
	MinClustered  int      `json:"minClustered"`
	MinStatements int      `json:"minStatements"`
	MinGroup      int      `json:"minGroup"`
	KMax          int      `json:"kMax"`
	Inits         int      `json:"inits"`
	MaxUpdates    int      `json:"maxUpdates"`
	Levels        []string `json:"levels"`
	Masking       string   `json:"masking"`
}

// DefaultParams are the parameters of a federated consultation; within one
// instance pairMin is 1, because nothing leaves it.
func DefaultParams() Params {
	return Params{InConvMin: 7, PairMin: 3, MinShare: 10, MinChanged: 5, MinClustered: 30, MinStatements: 7, MinGroup: 10,
		KMax: 5, Inits: 3, MaxUpdates: 30, Masking: "none"}
}
