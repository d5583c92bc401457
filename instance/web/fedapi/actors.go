// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"github.com/labstack/echo/v4"

	"polder/activitypub"
	"polder/instance"
)

func (a *API) instanceActor(c echo.Context) error {
	actor, err := a.Service.InstanceActor(c.Request().Context())
	if err != nil {
		return err
	}
	return activity(c, actor)
}

func (a *API) organization(c echo.Context) error {
	actor, err := a.Service.OrganizationActor()
	if err != nil {
		return err
	}
	return activity(c, actor)
}

// published finds the consultation of this request; drafts are not found.
func (a *API) published(c echo.Context) (*instance.Consultation, error) {
	con, err := a.Service.ConsultationBySlug(c.Request().Context(), c.Param("slug"))
	if err != nil {
		return nil, err
	}
	if !con.Public() {
		return nil, &instance.Error{Code: instance.CodeNotFound, Public: "error.not-found"}
	}
	return con, nil
}

func (a *API) consultation(c echo.Context) error {
	con, err := a.published(c)
	if err != nil {
		return err
	}
	actor, err := a.Service.ConsultationActor(con)
	if err != nil {
		return err
	}
	return activity(c, actor)
}

func (a *API) members(c echo.Context) error {
	list, err := a.Service.MembersCollection(c.Request().Context())
	if err != nil {
		return err
	}
	return activity(c, list)
}

// moderators of a Group: the organization stands for its officials.
func (a *API) moderators(c echo.Context) error {
	if _, err := a.published(c); err != nil {
		return err
	}
	return activity(c, activitypub.Collection{Context: activitypub.ObjectContext, Type: activitypub.TypeOrderedCollection,
		ID: a.id(c), TotalItems: new(1), Ordered: []activitypub.IRIOrObject{activitypub.Link(a.Service.Organization())}})
}
