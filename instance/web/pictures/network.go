// SPDX-License-Identifier: EUPL-1.2

package pictures

import (
	"html/template"

	"polder/instance/locale"
)

// Node is one instance in the network picture.
type Node struct {
	Name string
	Sub  string // second line
	Link string // ok, late, down or off: the line towards the middle
	Me   bool
}

// maxLeaves is how many members are drawn; the table holds all.
const maxLeaves = 12

// Network draws nation, parent and members. Top and Middle may be nil.
type Network struct {
	Top, Middle *Node
	Leaves      []Node
}

// NetworkPicture draws a network. Its title says everything in words.
func NetworkPicture(p *locale.Printer, n Network) template.HTML {
	leaves := n.Leaves[:min(len(n.Leaves), maxLeaves)]
	height := max(float64(len(leaves))*36+24, 120)
	middle := height / 2
	var c canvas
	c.put(`<svg class="app-tree" viewBox="0 0 900 %v" role="img" aria-label="%v" focusable="false">`, height, n.words(p))
	if n.Top != nil && n.Middle != nil {
		c.put(`<path class="l l-%v" d="M160 %vH290"/>`, n.Top.Link, middle)
	}
	for i, leaf := range leaves {
		y := float64(i)*36 + 30
		if n.Middle != nil {
			c.put(`<path class="l l-%v" d="M430 %vC490 %v 490 %v 548 %v"/>`, leaf.Link, middle, middle, y, y)
		}
		leaf.drawLeaf(&c, p, y)
	}
	n.Top.drawBox(&c, 10, middle)
	n.Middle.drawBox(&c, 290, middle)
	c.put(`</svg>`)
	if left := len(n.Leaves) - len(leaves); left > 0 {
		c.put(`<p class="app-small">%v</p>`, p.T("network.more", "n", left))
	}
	return c.html()
}

func (n Network) words(p *locale.Printer) string {
	count := map[string]int{}
	for _, leaf := range n.Leaves {
		count[leaf.Link]++
	}
	name := ""
	if n.Middle != nil {
		name = n.Middle.Name
	}
	return p.T("network.label", "name", name, "n", len(n.Leaves), "ok", count["ok"], "late", count["late"], "down", count["down"], "off", count["off"])
}

func (n *Node) drawBox(c *canvas, x, y float64) {
	if n == nil {
		return
	}
	class := "node"
	if n.Me {
		class += " node--me"
	}
	c.put(`<g class="%v"><rect x="%v" y="%v" width="150" height="54" rx="6"/>`, class, x, y-27)
	c.put(`<text x="%v" y="%v" text-anchor="middle">%v</text>`, x+75, y-4, clip(n.Name, 18))
	c.put(`<text class="s" x="%v" y="%v" text-anchor="middle">%v</text></g>`, x+75, y+15, clip(n.Sub, 22))
}

// drawLeaf uses a mark whose form differs by state, not its colour alone.
func (n Node) drawLeaf(c *canvas, p *locale.Printer, y float64) {
	c.put(`<g class="leaf" transform="translate(548 %v)">`, y)
	switch n.Link {
	case "late":
		c.put(`<path class="s-late" d="M8-9l9 9-9 9-9-9z"/>`)
	case "down":
		c.put(`<rect class="s-down" y="-8" width="16" height="16"/>`)
	case "off":
		c.put(`<circle class="s-off" cx="8" r="7"/>`)
	default:
		c.put(`<circle class="s-ok" cx="8" r="8"/>`)
	}
	c.put(`<text x="28" y="5">%v</text><text class="s" x="188" y="5">%v</text></g>`, clip(n.Name, 20), n.Sub)
}

// clip shortens a name to n characters, so that it stays in its box.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
