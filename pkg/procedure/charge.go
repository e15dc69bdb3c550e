package procedure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// ChargeKind is why money is borne. The numbers are the contract's.
type ChargeKind int

// The kinds.
const (
	Compensation ChargeKind = ChargeKind(typev1.ChargeKind_CHARGE_KIND_COMPENSATION)
	Deduction    ChargeKind = ChargeKind(typev1.ChargeKind_CHARGE_KIND_DEDUCTION)
	Penalty      ChargeKind = ChargeKind(typev1.ChargeKind_CHARGE_KIND_PENALTY)
	Fee          ChargeKind = ChargeKind(typev1.ChargeKind_CHARGE_KIND_FEE)
)

// Charge is money that parties bear for what was found out.
type Charge struct {
	Key  string
	Name Label
	Kind ChargeKind
	// On is what judges it; each occurrence judges it anew.
	On []Trigger
	// Parties are whom it can be borne by.
	Parties *Vocabulary
	// SignedBy is the step that signs it; "" where it stands without a signature.
	SignedBy string
	// Action is the action at whose steps it is judged; "" for the complaint's.
	Action string
	// Clauses are the requirements that it rests on.
	Clauses []string

	when, amount, basis *expression
	liable              []liability
}

// liability is what one party bears.
type liability struct {
	party, share *expression // share is nil for all that the others leave
}

// Charge returns the charge with this key.
func (p *Procedure) Charge(key string) (*Charge, bool) {
	return find(p.Charges, key, func(c *Charge) string { return c.Key })
}

// JudgedBy reports whether o judges the charge.
func (c *Charge) JudgedBy(o Occurrence) bool { return anyMatches(c.On, o) }

// Judgement is who bears how much of a charge.
type Judgement struct {
	// Basis is the code of what it rests on; may be empty.
	Basis string
	// Borne lists the parties that bear something, each once.
	Borne []Borne
}

// Borne is what one party bears.
type Borne struct {
	Party string
	// Hundredths of the currency's unit, above 0.
	Hundredths int64
}

// ChargeError says that the facts make a charge that cannot be. Other facts would not.
type ChargeError struct {
	// Charge is its key.
	Charge string
	// Names are what the failing expression reads, for example "answers.judge.amount".
	Names []string
	// Detail is what is wrong, and what would be right.
	Detail string
}

// Error names the charge.
func (e *ChargeError) Error() string { return "charge " + e.Charge + ": " + e.Detail }

// whole is 100 per cent.
const whole = 100 * One

// Judge returns who bears how much, given the facts: nobody where its condition does not hold or the amount is not above 0. The parts of
// the amount, itself rounded half up to hundredths, are rounded one after the other so that they add up: where the shares are 100 per cent,
// to the amount itself.
//
// It fails with *ChargeError where the amount is too large, or a share or a party cannot be, and otherwise where an expression fails.
func (c *Charge) Judge(f Facts) (Judgement, error) {
	due, err := c.when.holds(f)
	if err != nil || !due {
		return Judgement{}, err
	}
	number, err := c.amount.number(f)
	if err != nil {
		return Judgement{}, err
	}
	if !(number <= maxAmount) {
		return Judgement{}, c.wrong(c.amount, "the amount is %s; it is at most %.0f", plain(number), maxAmount)
	}
	amount := hundredths(number)
	if amount == 0 {
		return Judgement{}, nil
	}
	shares, err := c.shares(f)
	if err != nil {
		return Judgement{}, err
	}
	var j Judgement
	if c.basis != nil {
		if j.Basis, err = c.basis.text(f); err != nil {
			return Judgement{}, err
		}
	}
	var upTo Decimal // share of those so far
	var given int64  // what they bear
	for i, l := range c.liable {
		upTo += shares[i]
		part := shareOf(amount, upTo) - given
		given += part
		party, err := l.party.text(f)
		if err != nil {
			return Judgement{}, err
		}
		if party != "" && !c.Parties.Has(party) {
			return Judgement{}, c.wrong(l.party, "%q is no party; it is one of %s", party, c.Parties.Some())
		}
		j.add(party, part)
	}
	return j, nil
}

// Excess returns the field of a step from which the amount is reckoned and which records more than an amount can be: its writer can correct
// it, who judges the charge later perhaps cannot.
func (c *Charge) Excess(step string, recorded map[string]Value) (*ChargeError, bool) {
	for _, name := range c.amount.names() {
		if key, ok := strings.CutPrefix(name, "answers."+step+"."); ok && recorded[key].Number > maxAmount {
			return &ChargeError{c.Key, []string{name}, fmt.Sprintf("%s is %s; it is at most %.0f", name, plain(recorded[key].Number), maxAmount)}, true
		}
	}
	return nil, false
}

// add gives a party a part; nobody bears what is nobody's, and 0 is nothing.
func (j *Judgement) add(party string, part int64) {
	if party == "" || part == 0 {
		return
	}
	if i := slices.IndexFunc(j.Borne, func(b Borne) bool { return b.Party == party }); i >= 0 {
		j.Borne[i].Hundredths += part
		return
	}
	j.Borne = append(j.Borne, Borne{party, part})
}

// reads returns its expressions; those that are left out are nil.
func (c *Charge) reads() []*expression {
	out := []*expression{c.when, c.amount, c.basis}
	for _, l := range c.liable {
		out = append(out, l.party, l.share)
	}
	return out
}

// shares returns the share of each party in per cent.
func (c *Charge) shares(f Facts) ([]Decimal, error) {
	shares, sum, rest := make([]Decimal, len(c.liable)), Decimal(0), -1
	for i, l := range c.liable {
		if l.share == nil {
			rest = i
			continue
		}
		n, err := l.share.number(f)
		if err != nil {
			return nil, err
		}
		if !(n >= 0 && n <= 100) {
			return nil, c.wrong(l.share, "the share is %s per cent; it is 0 to 100", plain(n))
		}
		shares[i] = Decimal(math.Round(n * float64(One)))
		if sum += shares[i]; sum > whole {
			return nil, c.wrong(l.share, "the shares add up to %s per cent; together they are at most 100", sum)
		}
	}
	if rest >= 0 {
		shares[rest] = whole - sum
	}
	return shares, nil
}

// wrong tells of what an expression gives. Of the names that it reads those of its own type are told: a number is wrong because of numbers.
func (c *Charge) wrong(e *expression, detail string, args ...any) error {
	names := slices.DeleteFunc(e.names(), func(name string) bool { return !e.ast.GetType(e.ast.Expr().ID()).IsExactType(e.vars[name].typ) })
	if len(names) == 0 {
		names = e.names()
	}
	return &ChargeError{c.Key, names, fmt.Sprintf(detail, args...)}
}

// compileCharges takes over the charges; flows, actions and vocabularies are known by then.
func (c *compiler) compileCharges() {
	c.out.Currency = c.in.GetCurrency()
	if len(c.in.GetCharges()) > 0 && c.out.Currency == "" {
		c.found(ChargeInvalid, "charges", "charges need a currency; write currency: CNY, or the code of another, beside charges")
	}
	for _, in := range c.in.GetCharges() {
		path := at("charges", in.GetKey())
		ch := &Charge{
			Key: in.GetKey(), Name: label(in.GetName()), Kind: ChargeKind(in.GetKind()), On: c.triggers(path+".on", in.GetOn()),
			SignedBy: in.GetSignedBy(), Clauses: in.GetClauses(),
			when: c.expression(path+".when", in.GetWhen(), wantTruth), amount: c.expression(path+".amount", in.GetAmount(), wantNumber),
			basis: c.expression(path+".basis", in.GetBasis(), wantText),
		}
		var ok bool
		if ch.Parties, ok = c.out.Vocabulary(in.GetParties()); !ok {
			c.found(VocabularyUnknown, path+".parties", "there is no vocabulary %q; add it to vocabularies, with the parties as its codes", in.GetParties())
		}
		rest := 0
		for i, l := range in.GetLiable() {
			here := fmt.Sprintf("%s.liable[%d]", path, i)
			if l.GetShare() == "" {
				rest++
			}
			ch.liable = append(ch.liable, liability{
				c.expression(here+".party", l.GetParty(), wantText), c.expression(here+".share", l.GetShare(), wantNumber),
			})
		}
		if rest > 1 {
			c.found(ChargeInvalid, path+".liable", "%d parties have no share; one alone can bear what the others leave", rest)
		}
		c.judging(path, ch)
		c.signing(path, ch)
		c.out.Charges = append(c.out.Charges, ch)
	}
	unique(c, "charges", c.out.Charges, func(ch *Charge) string { return ch.Key })
}

// judging sees that a charge is judged by work and milestones, all of the complaint or all of one action.
func (c *compiler) judging(path string, ch *Charge) {
	for i, t := range ch.On {
		here, owner := fmt.Sprintf("%s.on[%d]", path, i), c.owner(t)
		if t.Kind != WorkCompleted && t.Kind != Milestone {
			c.found(ChargeInvalid, here, "a charge is judged by work_completed or by a milestone")
		}
		if i == 0 {
			ch.Action = owner
		} else if owner != ch.Action {
			c.found(ChargeInvalid, here, "it happens to another than the first of them; a charge is judged at the steps of the complaint, or of one action")
		}
	}
}

// signing sees that the step that signs a charge can: an approval or a task of what the charge belongs to.
func (c *compiler) signing(path string, ch *Charge) {
	if ch.SignedBy == "" {
		return
	}
	flows := c.out.Flows
	if a, ok := c.out.Action(ch.Action); ok {
		flows = []*Flow{a.Flow}
	}
	known := false
	for _, f := range flows {
		s, ok := f.Step(ch.SignedBy)
		known = known || ok
		if ok && s.Kind != Task && s.Kind != Approval {
			c.found(ChargeInvalid, path+".signed_by", "%s is no approval and no task; let one of them sign", s.Key)
			return
		}
	}
	if !known {
		c.found(StepUnknown, path+".signed_by", "there is no step %q where the charge is judged; name an approval or a task", ch.SignedBy)
	}
}
