package domain

import (
	"errors"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/procedure"
)

// ChargeState is where a charge stands.
type ChargeState int16

// The states. The numbers are those of the contract, and kept in the database.
const (
	// ChargeProposed: it waits for its signature.
	ChargeProposed ChargeState = 1
	// ChargeJudged: it stands, and needs no signature.
	ChargeJudged ChargeState = 2
	// ChargeSigned: it stands.
	ChargeSigned ChargeState = 3
	// ChargeVoided: it no longer counts.
	ChargeVoided ChargeState = 4
)

// VoidReason is why a charge no longer counts. The numbers are those of the contract, and kept in the database.
type VoidReason int16

// The reasons.
const (
	// VoidRejected: who signs has rejected it.
	VoidRejected VoidReason = 1
	// VoidCorrected: it was judged anew.
	VoidCorrected VoidReason = 2
	// VoidEnded: its round ended before it was signed.
	VoidEnded VoidReason = 3
)

// Charge is money that one party is judged to bear. Who, what and how much never change: another judgement makes another charge.
type Charge struct {
	// ID is a UUIDv7.
	ID string
	// Key of the procedure's charge.
	Key   string
	Kind  procedure.ChargeKind
	Round int
	// Party is a code of the vocabulary that the procedure's charge names.
	Party string
	// Amount is 0 in a charge that takes a signed one back.
	Amount procedure.Money
	// Basis is the code of what it rests on; may be empty.
	Basis string
	State ChargeState
	// Step whose work judged it, with the post and who did it; empty where it was judged without work.
	Step, Post, Judge string
	JudgeTime         time.Time
	// SignStep is the step that signs it; "" for none. Signer sat in SignPost, or acted for it, and signed or rejected it.
	SignStep, SignPost, Signer string
	// SignTime is zero unless it was signed, VoidTime unless it was voided.
	SignTime, VoidTime time.Time
	VoidReason         VoidReason
	// Corrects is the charge that it takes the place of; "" for none.
	Corrects string
	// Changed since it was loaded: it has to be saved.
	Changed bool
}

// doer is whose work a move completes; zero for none.
type doer struct{ step, post, person string }

// judge judges what the events of the move are about, once everything else has happened: who bears what is seen from all that the work
// recorded. Where the rules' values have become others, what stands is judged anew as well.
func (m *move) judge() error {
	if len(m.Procedure.Charges) == 0 {
		return nil
	}
	var due []*procedure.Charge
	reclassified := false
	for _, e := range m.events {
		var o procedure.Occurrence
		switch e := e.(type) {
		case Completed:
			o = procedure.Occurrence{Kind: procedure.WorkCompleted, Key: e.Work.Step, Content: e.Content}
		case MilestoneReached:
			o = procedure.Occurrence{Kind: procedure.Milestone, Key: e.Milestone}
		case Classified:
			reclassified = e.Round == m.c.Facts.Round && m.c.State != StateClosed && m.c.State != StateWithdrawn
			continue
		default:
			continue
		}
		for _, ch := range m.Procedure.Charges {
			if ch.JudgedBy(o) && !slices.Contains(due, ch) {
				due = append(due, ch)
			}
		}
	}
	for _, ch := range m.Procedure.Charges { // in the order of the pack: what is written is the same every time
		stands := reclassified && slices.ContainsFunc(m.c.Charges, func(c Charge) bool { return m.stands(c, ch) })
		if !stands && !slices.Contains(due, ch) {
			continue
		}
		if err := m.judgeOne(ch); err != nil {
			return err
		}
	}
	return nil
}

// stands reports whether c is one of ch, of the present round, that counts or waits for its signature.
func (m *move) stands(c Charge, ch *procedure.Charge) bool {
	return c.Key == ch.Key && c.Round == m.c.Facts.Round && c.State != ChargeVoided
}

// judgeOne proposes what parties bear by the facts as they are now, and corrects what they bore before.
func (m *move) judgeOne(ch *procedure.Charge) error {
	j, err := ch.Judge(m.c.Facts)
	if err != nil {
		if wrong := (*procedure.ChargeError)(nil); errors.As(err, &wrong) {
			return chargeInvalid(wrong, m.by.step)
		}
		return &StuckError{m.by.step, err}
	}
	parties := make([]string, 0, len(j.Borne))
	bears := map[string]int64{}
	for _, b := range j.Borne {
		parties, bears[b.Party] = append(parties, b.Party), b.Hundredths
	}
	for _, c := range m.c.Charges { // who bears nothing any more comes after who does
		if m.stands(c, ch) && !slices.Contains(parties, c.Party) {
			parties = append(parties, c.Party)
		}
	}
	for _, party := range parties {
		m.bear(ch, party, procedure.Money{Currency: m.Procedure.Currency, Hundredths: bears[party]}, j.Basis)
	}
	return nil
}

// bear makes a party bear an amount in place of what it was judged to bear before in this round. What is the same stays as it is. What
// waits for its signature gives way at once; what is signed, when its correction is signed.
func (m *move) bear(ch *procedure.Charge, party string, amount procedure.Money, basis string) {
	next := Charge{Key: ch.Key, Kind: ch.Kind, Round: m.c.Facts.Round, Party: party, Amount: amount, Basis: basis, State: ChargeJudged,
		Step: m.by.step, Post: m.by.post, Judge: m.by.person, JudgeTime: m.at, SignStep: ch.SignedBy, Changed: true}
	if ch.SignedBy != "" {
		next.State = ChargeProposed
	}
	same := func(c *Charge) bool { return c.Amount == amount && (c.Basis == basis || amount.Hundredths == 0) }
	waits, counts := m.standing(ch, party)
	if waits != nil {
		if same(waits) {
			return
		}
		next.Corrects = waits.ID
		m.void(waits, VoidCorrected)
	}
	if counts != nil {
		if same(counts) {
			return
		}
		next.Corrects = counts.ID
		if counts.State == ChargeJudged || next.State == ChargeJudged {
			m.void(counts, VoidCorrected)
			counts = nil
		}
	}
	if amount.Hundredths == 0 && counts == nil {
		return // nothing to bear, and nothing signed to take back
	}
	next.ID = m.NewID()
	m.c.Charges = append(m.c.Charges, next)
	m.emit(Proposed{next})
}

// standing returns what a party was judged to bear in this round: what waits for its signature, and what counts; nil for none.
func (m *move) standing(ch *procedure.Charge, party string) (waits, counts *Charge) {
	for i := range m.c.Charges {
		c := &m.c.Charges[i]
		switch {
		case c.Party != party || !m.stands(*c, ch):
		case c.State == ChargeProposed:
			waits = c
		default:
			counts = c
		}
	}
	return waits, counts
}

// sign signs what waits for a step that is done now; a step that rejects voids it. What a signed charge corrects no longer counts.
func (m *move) sign(step, outcome string) {
	for i := range m.c.Charges {
		c := &m.c.Charges[i]
		if c.State != ChargeProposed || c.SignStep != step || c.Round != m.c.Facts.Round {
			continue
		}
		c.SignPost, c.Signer = m.by.post, m.by.person
		if outcome == procedure.Reject {
			m.void(c, VoidRejected)
			continue
		}
		for k := range m.c.Charges {
			if old := &m.c.Charges[k]; old.ID == c.Corrects && old.State == ChargeSigned {
				m.void(old, VoidCorrected)
			}
		}
		c.State, c.SignTime, c.Changed = ChargeSigned, m.at, true
		m.emit(Signed{*c})
	}
}

// voidProposed voids what waits for its signature: nobody can give it any more.
func (m *move) voidProposed() {
	for i := range m.c.Charges {
		if c := &m.c.Charges[i]; c.State == ChargeProposed {
			m.void(c, VoidEnded)
		}
	}
}

// void takes a charge out of what counts. It is kept.
func (m *move) void(c *Charge, why VoidReason) {
	before := c.State
	c.State, c.VoidReason, c.VoidTime, c.Changed = ChargeVoided, why, m.at, true
	m.emit(Voided{*c, before})
}

// chargeInvalid is the fault of facts that make a charge that cannot be. It names the field of the step that is being completed, where
// the charge reads one of it.
func chargeInvalid(e *procedure.ChargeError, step string) error {
	field := "fields"
	for _, name := range e.Names {
		if key, ok := strings.CutPrefix(name, "answers."+step+"."); ok && key != procedure.Outcome {
			field = "fields." + key
			break
		}
	}
	return invalidCharge(field, e.Charge, e.Detail, strings.Join(e.Names, ", "))
}
