package cases

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/procedure"
)

// chargeWord is how an author writes one charge of a party: "signed 350", "voided 150.50".
var chargeWord = regexp.MustCompile(`^(proposed|judged|signed|voided) (\d{1,13})(?:\.(\d{1,2}))?$`)

// charges reads what is expected of all charges of each key: of each party where they stand and how much they are, the earliest judged first.
func (s *storyteller) charges(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "charge", s.words.charges) {
		look := func(ctx context.Context, v *view) (string, error) { return v.chargesOf(ctx, key.Value) }
		if value.Kind == yaml.ScalarNode && value.Value == nothing {
			out = append(out, equal(value, "charge "+key.Value, nothing, look))
			continue
		}
		var want []string
		for party, charges := range s.entries(value, "party", s.words.parties[key.Value]) {
			var words []string
			for _, x := range s.items(charges) {
				m := chargeWord.FindStringSubmatch(x.Value)
				if m == nil {
					s.find(x, "%q is no charge; write proposed, judged, signed or voided and the amount: signed 350", x.Value)
					continue
				}
				words = append(words, m[1]+" "+m[2]+"."+(m[3] + "00")[:2])
			}
			want = append(want, party.Value+": "+strings.Join(words, ", "))
		}
		out = append(out, equal(value, "charge "+key.Value, strings.Join(sorted(want), "; "), look))
	}
	return out
}

// chargesOf lists the charges of a key by party, the earliest judged first.
func (v *view) chargesOf(ctx context.Context, key string) (string, error) {
	if v.charges == nil {
		resp, err := v.api.charges.ListCharges(ctx, &routingv1.ListChargesRequest{
			ComplaintId: v.complaint, PageSize: maxPage,
			States: []routingv1.ChargeState{
				routingv1.ChargeState_CHARGE_STATE_PROPOSED, routingv1.ChargeState_CHARGE_STATE_JUDGED, routingv1.ChargeState_CHARGE_STATE_SIGNED,
				routingv1.ChargeState_CHARGE_STATE_VOIDED,
			},
		}, v.viewer())
		if err != nil {
			return "", fmt.Errorf("list charges: %w", err)
		}
		v.charges = resp.GetCharges()
	}
	byParty := map[string][]string{}
	for _, c := range v.charges {
		if c.GetCharge() == key {
			byParty[c.GetParty()] = append(byParty[c.GetParty()], lower(c.GetState().String(), "CHARGE_STATE_")+" "+procedure.MoneyOf(c.GetAmount()).Amount())
		}
	}
	var out []string
	for party, words := range byParty {
		out = append(out, party+": "+strings.Join(words, ", "))
	}
	if len(out) == 0 {
		return nothing, nil
	}
	return strings.Join(sorted(out), "; "), nil
}
