// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// flash is the message of a redirect: a word, and for a stored vote the number
// of its question. It lives in a cookie for a minute. What was chosen is not in
// it; the page reads that from the ballot.
type flash struct {
	Word   string // saved, stated, closed, stale, removed, withdrawn, sent or code
	Number int    // saved: of the question; stated: of the statement
}

const flashLife = 60

func (p *Pages) setFlash(c echo.Context, word string, number int) {
	c.SetCookie(p.Sealer.plain(p.cookieName("f"), word+"."+strconv.Itoa(number), flashLife))
}

// takeFlash reads the message and removes it.
func (p *Pages) takeFlash(c echo.Context) flash {
	cookie, err := c.Request().Cookie(p.cookieName("f"))
	if err != nil {
		return flash{}
	}
	c.SetCookie(p.Sealer.plain(p.cookieName("f"), "", -1))
	word, number, _ := strings.Cut(cookie.Value, ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		return flash{}
	}
	return flash{Word: word, Number: n}
}

// notice is the message above the page.
func (f flash) notice() *Notice {
	switch f.Word {
	case "withdrawn":
		return &Notice{Kind: "ok", Message: Msg("vote.withdrawn")}
	case "sent":
		return &Notice{Kind: "ok", Message: Msg("statement.sent")}
	case "code":
		return &Notice{Kind: "ok", Message: Msg("code.ok")}
	}
	return nil
}

// problem is the message inside the voting card.
func (f flash) problem() *Message {
	key := map[string]string{"closed": "error.closed", "stale": "error.stale", "removed": "error.statement-removed"}[f.Word]
	if key == "" {
		return nil
	}
	m := Msg(key)
	return &m
}
