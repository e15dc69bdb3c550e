package difference

import (
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

func (d *differ) charges(a, b []*procedurev1.Charge) {
	gone, come, kept := match(a, b, (*procedurev1.Charge).GetKey)
	for _, c := range come {
		d.add(Charges, "New charge %s of %s, borne by %s", "新增费用 %s：金额 %s，由 %s 承担", d.n.called(c.GetKey(), c.GetName()), c.GetAmount(), d.bearers(c))
		d.became(Charges, d.chargeCalled(c)+d.say(" is signed at", " 的签字环节"), "", d.signer(c))
	}
	for _, c := range gone {
		d.add(Charges, "The charge %s is gone", "取消费用 %s", d.n.called(c.GetKey(), c.GetName()))
	}
	for _, c := range kept {
		what := d.chargeCalled(c.b)
		d.became(Charges, what+d.say(" is", " 的种类"), d.chargeKind(c.a.GetKind()), d.chargeKind(c.b.GetKind()))
		d.triggers(Charges, what+d.say(" is judged at", " 的判定时机"), c.a.GetOn(), c.b.GetOn())
		d.became(Charges, what+d.say(" only when", " 的条件"), c.a.GetWhen(), c.b.GetWhen())
		d.became(Charges, what+d.say(", amount", "，金额"), c.a.GetAmount(), c.b.GetAmount())
		d.became(Charges, what+d.say(" is borne by", " 的承担方"), d.bearers(c.a), d.bearers(c.b))
		d.became(Charges, what+d.say(" rests on", " 的依据"), c.a.GetBasis(), c.b.GetBasis())
		d.became(Charges, what+d.say(" is signed at", " 的签字环节"), d.signer(c.a), d.signer(c.b))
		d.name(what, c.a.GetName(), c.b.GetName())
		d.rest(Charges, what, c.a, c.b, "key", "name", "kind", "on", "when", "amount", "liable", "basis", "signed_by")
	}
}

func (d *differ) chargeKind(k typev1.ChargeKind) string {
	zh := [...]string{"", "补偿", "扣款", "处罚", "收费"}
	if int(k) < len(zh) {
		return d.say(enum(k.String(), "CHARGE_KIND_"), zh[k])
	}
	return k.String()
}

func (d *differ) chargeCalled(c *procedurev1.Charge) string {
	return d.say("charge ", "费用 ") + d.n.called(c.GetKey(), c.GetName())
}

// signer names the step that signs; "" for none.
func (d *differ) signer(c *procedurev1.Charge) string {
	if c.GetSignedBy() == "" {
		return ""
	}
	return d.n.step(c.GetSignedBy())
}

// bearers says who bears which share.
func (d *differ) bearers(c *procedurev1.Charge) string {
	return join(mapped(c.GetLiable(), func(l *procedurev1.Liability) string {
		if l.GetShare() == "" {
			return l.GetParty()
		}
		return l.GetParty() + " (" + l.GetShare() + " %)"
	}))
}
