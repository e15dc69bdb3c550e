package server

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// chargeOf returns what an event of routing did to a charge, nil for other events.
func chargeOf(m proto.Message) *domain.ChargeHappening {
	switch m := m.(type) {
	case *routingv1.ChargeProposed:
		return &domain.ChargeHappening{Key: m.GetCharge(), Party: m.GetParty(), Amount: procedure.MoneyOf(m.GetAmount()), Change: domain.ChargeProposed,
			Stands: m.GetSignStep() == "", Step: m.GetSignStep(), Corrects: m.GetCorrects() != ""}
	case *routingv1.ChargeSigned:
		return &domain.ChargeHappening{Key: m.GetCharge(), Party: m.GetParty(), Amount: procedure.MoneyOf(m.GetAmount()), Change: domain.ChargeSigned,
			Stands: true, Step: m.GetStep()}
	case *routingv1.ChargeVoided:
		return &domain.ChargeHappening{Key: m.GetCharge(), Party: m.GetParty(), Amount: procedure.MoneyOf(m.GetAmount()), Change: domain.ChargeVoided,
			Stands: m.GetPreviousState() != routingv1.ChargeState_CHARGE_STATE_PROPOSED, Reason: m.GetReason().String()}
	}
	return nil
}

// why says in Chinese and English why a charge is voided.
var why = map[string]procedure.Label{
	"CHARGE_VOID_REASON_REJECTED":  {Zh: "未予签字", En: "the signature was refused"},
	"CHARGE_VOID_REASON_CORRECTED": {Zh: "另行更正", En: "corrected by a further one"},
	"CHARGE_VOID_REASON_ENDED":     {Zh: "本轮结束未签字", En: "the round ended before it was signed"},
}

// chargeWords says what became of a charge as its edition calls things: who bears how much, and what is to come.
func chargeWords(p *procedure.Procedure, c *domain.ChargeHappening) procedure.Label {
	name, party := procedure.Label{Zh: c.Key, En: c.Key}, procedure.Label{Zh: c.Party, En: c.Party}
	if ch, ok := p.Charge(c.Key); ok {
		name = both(ch.Name, c.Key)
		if term, ok := ch.Parties.Term(c.Party); ok {
			party = both(term.Name, c.Party)
		}
	}
	zh, en := fmt.Sprintf("%s：%s承担 %s", name.Zh, party.Zh, c.Amount), fmt.Sprintf("%s: %s bears %s", name.En, party.En, c.Amount)
	switch c.Change {
	case domain.ChargeProposed:
		if c.Corrects {
			zh, en = zh+"（更正）", en+" (a correction)"
		}
		if !c.Stands {
			step := stepName(p, c.Step)
			zh, en = zh+"，待"+step.Zh, en+", to be signed: "+step.En
		}
	case domain.ChargeSigned:
		zh, en = zh+"，已签字", en+", signed"
	case domain.ChargeVoided:
		zh, en = zh+"，作废："+why[c.Reason].Zh, en+", voided: "+why[c.Reason].En
	}
	return procedure.Label{Zh: zh, En: en}
}

// stepName returns what people call a step, in whichever flow or action it is.
func stepName(p *procedure.Procedure, key string) procedure.Label {
	for _, f := range p.Flows {
		if s, ok := f.Step(key); ok {
			return both(s.Name, key)
		}
	}
	for _, a := range p.Actions {
		if s, ok := a.Flow.Step(key); ok {
			return both(s.Name, key)
		}
	}
	return procedure.Label{Zh: key, En: key}
}

// both fills in the language that a name lacks, with the other or with the key.
func both(name procedure.Label, key string) procedure.Label {
	if name == (procedure.Label{}) {
		return procedure.Label{Zh: key, En: key}
	}
	if name.En == "" {
		name.En = name.Zh
	}
	name.Zh = name.String()
	return name
}
