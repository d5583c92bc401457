// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"polder/instance"
)

// DataView is GET /consultations/{slug}/data.
type DataView struct {
	Slug  string
	Title Text
	K     int
	Files []string // empty while nothing is final
}

// Template names the template of the page.
func (DataView) Template() string { return "data" }

// data is GET /consultations/{slug}/data.
func (p *Pages) data(c echo.Context) error {
	f := p.frame(c)
	con, err := p.publicConsultation(c)
	if err != nil {
		return err
	}
	v := DataView{Slug: con.Slug, Title: PickText(con.Title, f.Lang), K: 10}
	if con.Definition != nil {
		v.K = max(v.K, con.Definition.K)
	}
	g, err := p.Service.Groups(c.Request().Context(), con)
	switch code := instance.AsError(err); {
	case err == nil && !g.Interim:
		v.Files = instance.DataNames
	case err != nil && code.Code != instance.CodeNotFound:
		return err
	}
	return p.draw(c, http.StatusOK, f, v)
}

func (p *Pages) publicConsultation(c echo.Context) (*instance.Consultation, error) {
	con, err := p.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err == nil && !con.Public() {
		err = &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
	}
	return con, err
}

// dataFile is GET /consultations/{slug}/data/{file}: open data of a
// conversation, to be saved.
func (p *Pages) dataFile(c echo.Context) error {
	ctx := c.Request().Context()
	con, err := p.publicConsultation(c)
	if err != nil {
		return err
	}
	f, err := p.Service.OpenData(ctx, con, c.Param("file"))
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+con.Slug+"-"+f.Name+`"`)
	h.Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, f.MediaType, f.Content)
}
