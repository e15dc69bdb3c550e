package demo

import (
	"context"
	"fmt"
	"sync"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// cases knows which complaint is which record of the file: from the gateway's results, else from intake.
type cases struct {
	procedure string // code of the one that the records run by
	intake    intakev1.IntakeServiceClient
	plans     map[string][]act  // by Complaint ID
	mu        sync.Mutex        // guards the two below: the gateway and the staff work side by side
	records   map[string]string // Complaint ID by complaint; "" for a complaint that is not of the file
	ids       map[string]string // complaint by Complaint ID
}

func newCases(procedure string, intake intakev1.IntakeServiceClient, plans map[string][]act) *cases {
	return &cases{procedure: procedure, intake: intake, plans: plans, records: map[string]string{}, ids: map[string]string{}}
}

// learn notes what intake made of a record.
func (c *cases) learn(complaintID, recordID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records[complaintID], c.ids[recordID] = recordID, complaintID
}

func (c *cases) recordOf(complaintID string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.records[complaintID]
	return id, ok
}

// planned returns what the script plans for a step or visit of a complaint; false where it plans nothing.
func (c *cases) planned(ctx context.Context, complaintID, what string, round int32) (act, bool, error) {
	id, ok := c.recordOf(complaintID)
	if !ok { // of an earlier process, or registered by somebody else
		resp, err := c.intake.GetComplaint(ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: complaintID}})
		if err != nil {
			return act{}, false, fmt.Errorf("find complaint %s: %w", complaintID, err)
		}
		id = resp.GetComplaint().GetExternalReference()
		c.learn(complaintID, id)
	}
	a, ok := find(c.plans[id], what, round)
	return a, ok, nil
}

// complaintID returns the complaint that intake made of a record.
func (c *cases) complaintID(ctx context.Context, r Record) (string, error) {
	c.mu.Lock()
	id := c.ids[r.ID]
	c.mu.Unlock()
	if id != "" {
		return id, nil
	}
	resp, err := c.intake.ListComplaints(ctx, &intakev1.ListComplaintsRequest{Procedure: c.procedure, ExternalReference: r.ID, PageSize: 1})
	if err != nil {
		return "", fmt.Errorf("find the complaint of record %s: %w", r.ID, err)
	}
	if len(resp.GetComplaints()) == 0 {
		return "", fmt.Errorf("intake has no complaint of record %s", r.ID)
	}
	id = resp.GetComplaints()[0].GetComplaintId()
	c.learn(id, r.ID)
	return id, nil
}
