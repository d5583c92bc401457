// SPDX-License-Identifier: EUPL-1.2

package fedapi

import (
	"strings"

	"github.com/labstack/echo/v4"

	"polder/activitypub"
)

// owner is the actor whose collection this request names.
func (a *API) owner(c echo.Context) string {
	id := a.id(c)
	return id[:strings.LastIndexByte(id, '/')]
}

func (a *API) outbox(c echo.Context) error {
	n, err := page(c)
	if err != nil {
		return err
	}
	items, total, err := a.Service.OutboxPage(c.Request().Context(), a.owner(c), max(n, 1))
	if err != nil {
		return err
	}
	if n == 0 {
		return activity(c, activitypub.NewOrderedCollection(a.id(c), total))
	}
	return activity(c, activitypub.NewOrderedPage(a.id(c), n, total, items))
}

// followers shows how many, never who.
func (a *API) followers(c echo.Context) error {
	n, err := a.Service.FollowerCount(c.Request().Context(), a.owner(c))
	if err != nil {
		return err
	}
	return activity(c, activitypub.NewCountedCollection(a.id(c), n))
}

func (a *API) following(c echo.Context) error {
	n, err := a.Service.FollowingCount(c.Request().Context(), a.owner(c))
	if err != nil {
		return err
	}
	return activity(c, activitypub.NewCountedCollection(a.id(c), n))
}

// featured lists what is pinned: the lead Note of a consultation.
func (a *API) featured(c echo.Context) error {
	ids, err := a.Service.Featured(c.Request().Context(), a.owner(c))
	if err != nil {
		return err
	}
	return activity(c, listOf(a.id(c), ids))
}

func listOf(id string, ids []string) activitypub.Collection {
	items := make([]activitypub.IRIOrObject, len(ids))
	for i, x := range ids {
		items[i] = activitypub.Link(x)
	}
	return activitypub.Collection{Context: activitypub.ObjectContext, Type: activitypub.TypeOrderedCollection,
		ID: id, TotalItems: new(len(ids)), Ordered: items}
}

// replies is empty: contributions are not taken yet.
func (a *API) replies(c echo.Context) error {
	if _, err := a.Service.ObjectByID(c.Request().Context(), a.owner(c)); err != nil {
		return err
	}
	return activity(c, activitypub.Collection{Context: activitypub.ObjectContext, Type: activitypub.TypeCollection,
		ID: a.id(c), First: &activitypub.CollectionPart{Page: &activitypub.CollectionPage{
			Type: activitypub.TypeCollectionPage, PartOf: a.id(c), Items: []activitypub.IRIOrObject{}}}})
}

// thread lists the conversation of a lead Note: itself and its polls.
func (a *API) thread(c echo.Context) error {
	ids, err := a.Service.Thread(c.Request().Context(), a.owner(c))
	if err != nil {
		return err
	}
	return activity(c, listOf(a.id(c), ids))
}
