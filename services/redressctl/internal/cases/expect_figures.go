package cases

import (
	"context"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// fraction is how a rate is written with its parts.
var fraction = regexp.MustCompile(`^\d+/\d+$`)

// shown is how a rate is written with what is shown of it: "5/6 = 83 %".
var shown = regexp.MustCompile(`^\d+/\d+ = [\d.]+ %$`)

// metrics checks figures over all complaints of the case.
func (s *storyteller) metrics(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "metric", s.words.metrics) {
		out = append(out, s.figure(key.Value, "", "", value)...)
	}
	return out
}

// groups checks figures over the complaints of one group: {fields.category: {complaints: {service: 2}}}.
func (s *storyteller) groups(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for by, metrics := range s.entries(n, "grouping", s.words.groupings) {
		for key, values := range s.entries(metrics, "metric", s.words.metrics) {
			if values.Kind != yaml.MappingNode {
				s.find(values, "write the figure of each group: {service: 2, delivery: 1}")
				continue
			}
			for group, value := range pairs(values) {
				out = append(out, s.figure(key.Value, by.Value, group.Value, value)...)
			}
		}
	}
	return out
}

// figure checks one figure: a count, or a rate with its parts or as a number.
func (s *storyteller) figure(key, by, group string, n *yaml.Node) []check {
	metric, ok := s.compiled.Metric(key)
	if !ok {
		return nil // found already
	}
	want, what := s.text(n), "metric "+key
	if by != "" {
		what += ", " + by + " " + group
	}
	if shown.MatchString(want) && metric.Rate() {
		return []check{equal(n, what, want, func(ctx context.Context, v *view) (string, error) {
			sum, err := v.metric(ctx, key, by, group)
			return figureWords(sum), err
		})}
	}
	switch _, err := strconv.ParseFloat(want, 64); {
	case fraction.MatchString(want) && !metric.Rate():
		s.find(n, "%s is a count; write a number", key)
		return nil
	case !fraction.MatchString(want) && err != nil:
		s.find(n, "%q is no figure; write 5/6 or 5/6 = 83 %% for a rate, 6 for a count", want)
		return nil
	}
	return []check{{n.Line, what, want, func(ctx context.Context, v *view) (string, bool, error) {
		sum, err := v.metric(ctx, key, by, group)
		if err != nil {
			return "", false, err
		}
		found, ok := figureIs(sum, metric.Rate(), want)
		return found, ok, nil
	}}}
}
