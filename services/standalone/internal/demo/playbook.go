package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// playbook is what the replay knows of the procedure that the complaints run by: deploy/demo/replay.yaml. Every key is required.
type playbook struct {
	Procedure       string `yaml:"procedure"` // its code
	ComplainantKind string `yaml:"complainant_kind"`
	ChannelIfEmpty  string `yaml:"channel_if_empty"` // of a record whose "Submitted via" is empty
	Steps           struct {
		Answer      string `yaml:"answer"`
		FinalAnswer string `yaml:"final_answer"` // only where the first answer says that it is in progress
	} `yaml:"steps"`
	Visit    string `yaml:"visit"` // the plan that asks whether the consumer disputes the answer
	Response struct {
		Field      string `yaml:"field"` // of both steps' form
		InProgress string `yaml:"in_progress"`
		Closed     string `yaml:"closed"` // where the record has none
	} `yaml:"response"`
	Days   days      `yaml:"days"`
	Fields fieldKeys `yaml:"fields"`
	// Metrics are the figures that the reference has too.
	Metrics struct {
		Complaints  string `yaml:"complaints"`
		InTime      string `yaml:"in_time"`
		Late        string `yaml:"late"`
		Disputed    string `yaml:"disputed"`
		NotDisputed string `yaml:"not_disputed"`
	} `yaml:"metrics"`
}

// days count from receipt; 1 < Answer < LatestAnswer < FinalAnswer - 1.
type days struct {
	Answer       int `yaml:"answer"`        // limit of the first answer
	LatestAnswer int `yaml:"latest_answer"` // the last day that a late first answer is assumed on
	FinalAnswer  int `yaml:"final_answer"`  // limit of the final answer
}

// fieldKeys are the procedure's fields for the file's columns, by the columns' names.
type fieldKeys struct {
	Product    string `yaml:"Product"`
	SubProduct string `yaml:"Sub-product"`
	Issue      string `yaml:"Issue"`
	SubIssue   string `yaml:"Sub-issue"`
	Company    string `yaml:"Company"`
	State      string `yaml:"State"`
	ZIP        string `yaml:"ZIP code"`
	Tags       string `yaml:"Tags"`
}

// filled is a field of the procedure and the column that it takes from a record.
type filled struct {
	key, column string
	cell        func(*Record) *string
}

// list returns the fields in the order of the file.
func (f fieldKeys) list() []filled {
	var all []filled
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		column := v.Type().Field(i).Tag.Get("yaml")
		all = append(all, filled{v.Field(i).String(), column, columns[column]})
	}
	return all
}

// readPlaybook reads a playbook from a file. Its error names the file and the key.
func readPlaybook(name string) (playbook, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return playbook{}, fmt.Errorf("script of the replay: %w", err)
	}
	b, err := parsePlaybook(data)
	if err != nil {
		return playbook{}, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// parsePlaybook refuses a key that it does not know, one that is missing or empty, and days that leave no room for a plan.
func parsePlaybook(data []byte) (playbook, error) {
	var b playbook
	in := yaml.NewDecoder(bytes.NewReader(data))
	in.KnownFields(true)
	if err := in.Decode(&b); err != nil && !errors.Is(err, io.EOF) { // of an empty file every key is missing
		return playbook{}, err
	}
	if keys := missing(reflect.ValueOf(b), ""); len(keys) > 0 {
		return playbook{}, fmt.Errorf("missing or empty: %s", strings.Join(keys, ", "))
	}
	switch d := b.Days; {
	case d.Answer < 2:
		return playbook{}, fmt.Errorf("days.answer is %d: at least 2, so that there is a day to withdraw on before it", d.Answer)
	case d.LatestAnswer <= d.Answer:
		return playbook{}, fmt.Errorf("days.latest_answer is %d: more than days.answer, %d", d.LatestAnswer, d.Answer)
	case d.FinalAnswer <= d.LatestAnswer+1:
		return playbook{}, fmt.Errorf("days.final_answer is %d: at least 2 more than days.latest_answer, %d", d.FinalAnswer, d.LatestAnswer)
	}
	return b, nil
}

// missing returns the keys whose values are empty, as "days.answer", in the order of the struct.
func missing(v reflect.Value, key string) []string {
	if v.Kind() != reflect.Struct {
		if v.IsZero() {
			return []string{key}
		}
		return nil
	}
	var keys []string
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if key != "" {
			name = key + "." + name
		}
		keys = append(keys, missing(v.Field(i), name)...)
	}
	return keys
}

// metrics are those of the playbook in the order of Counts.
func (b playbook) metrics() []string {
	m := b.Metrics
	return []string{m.Complaints, m.InTime, m.Late, m.Disputed, m.NotDisputed}
}

// grouping is what reporting counts by, as Group: the month of receipt, and the product.
func (b playbook) grouping() []string { return []string{"month", "fields." + b.Fields.Product} }
