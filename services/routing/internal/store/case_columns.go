package store

import (
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// factsJSON is the column facts: what expressions see and no typed column holds.
type factsJSON struct {
	Channel string                                    `json:"channel,omitempty"`
	Fields  procedure.Values                          `json:"fields,omitempty"`
	Values  map[string]string                         `json:"values,omitempty"`
	Answers map[string]map[string]procedure.Value     `json:"answers,omitempty"`
	Links   map[procedure.LinkKind][]procedure.Linked `json:"links,omitempty"`
}

// stepsJSON is the column steps.
type stepsJSON struct {
	Milestones []string `json:"milestones,omitempty"`
	Waiting    []string `json:"waiting,omitempty"`
}

// scanCase scans caseColumns.
func scanCase(row pgx.CollectableRow) (domain.Case, error) {
	var (
		c domain.Case
		f factsJSON
		s stepsJSON
	)
	err := row.Scan(&c.Tenant, &c.ComplaintID, &c.Number, &c.Procedure, &c.Digest, &c.Facts.Flow, &c.Facts.Round, &c.State, &c.Facts.Received,
		&f, &s, &c.Version, &c.EventVersion)
	if err != nil {
		return c, err
	}
	c.Facts.Received = c.Facts.Received.UTC()
	c.Facts.ComplaintID = c.ComplaintID
	c.Facts.Channel, c.Facts.Fields, c.Facts.Values, c.Facts.Answers, c.Facts.Links = f.Channel, f.Fields, f.Values, f.Answers, f.Links
	c.Milestones, c.Waiting = s.Milestones, s.Waiting
	return c, nil
}
