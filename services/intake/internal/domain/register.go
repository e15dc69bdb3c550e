package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Register returns the complaint that d becomes at now under p, without a number.
//
// It fails when p has no such flow, lacks a field that p requires, holds one that p does not have or does not take, a telephone
// number or e-mail address that is none, or times that cannot be. All of that is reported at once: the fault has the reason of
// the first problem, and one violation for each.
func Register(p *procedure.Procedure, d Draft, tenant, id string, now time.Time) (Complaint, error) {
	d.ReceiveTime, d.CountTime = times(d, now)
	var found problems
	flow, ok := p.Flow(d.Flow)
	if !ok {
		flow = &procedure.Flow{} // what else is wrong is said at once
		found.add(flowUnknown(p, d.Flow))
	}
	found.tokens(p, d)
	found.times(d, now)
	found.facts(p, d)
	found.contacts(p, d)
	found.missing(p, flow.Key, d)
	if err := found.fault(); err != nil {
		return Complaint{}, err
	}
	return Complaint{
		Tenant: tenant, ID: id, Edition: Edition{Procedure: p.Code, Name: p.Edition, Digest: p.Digest},
		Flow: flow.Key, Channel: d.Channel, ComplainantKind: d.ComplainantKind, Fields: d.Fields,
		ReceiveTime: d.ReceiveTime, CountTime: d.CountTime, RegisterTime: now,
		State: Open, Version: 1, EventVersion: 1, ExternalReference: d.ExternalReference,
	}, nil
}

// times returns d's times, the missing ones filled in: receipt is now, and limits count from receipt.
func times(d Draft, now time.Time) (receive, count time.Time) {
	receive, count = d.ReceiveTime, d.CountTime
	if receive.IsZero() {
		receive = now
	}
	if count.IsZero() {
		count = receive
	}
	return receive, count
}

// Registered is the event that says c has begun; c has its number.
func (c Complaint) Registered() Event {
	return ComplaintRegistered{
		Number: c.Number, Edition: c.Edition, Flow: c.Flow, Channel: c.Channel, ComplainantKind: c.ComplainantKind,
		Fields: c.Fields, CountTime: c.CountTime,
	}
}
