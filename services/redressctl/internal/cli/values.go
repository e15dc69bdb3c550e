package cli

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// decodeText reads a flag for what people said or are called. @FILE is what the file holds: what stands on the command line, everybody on the
// machine can see while the command runs, and the shell remembers.
func decodeText(ctx *kong.DecodeContext, target reflect.Value) error {
	var s string
	if err := ctx.Scan.PopValueInto("text", &s); err != nil {
		return err
	}
	if file, ok := strings.CutPrefix(s, "@"); ok {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !utf8.Valid(data) {
			return fmt.Errorf("%s is not UTF-8", file)
		}
		s = strings.TrimRight(string(data), "\r\n")
	}
	target.SetString(s)
	return nil
}

// values turns key=value flags into facts. A value is a code; number:3, flag:yes and time:2026-03-06T10:00:00Z say otherwise.
func values(flags map[string]string) (map[string]*typev1.Value, error) {
	out := make(map[string]*typev1.Value, len(flags))
	for key, s := range flags {
		v, err := value(s)
		if err != nil {
			return nil, fmt.Errorf("--field %s: %w", key, err)
		}
		out[key] = v
	}
	return out, nil
}

func value(s string) (*typev1.Value, error) {
	kind, rest, ok := strings.Cut(s, ":")
	if !ok {
		kind = ""
	}
	switch kind {
	case "number":
		n, err := strconv.ParseFloat(rest, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", rest)
		}
		return &typev1.Value{Kind: &typev1.Value_Number{Number: n}}, nil
	case "flag":
		if rest != "yes" && rest != "no" {
			return nil, fmt.Errorf("%q is neither yes nor no", rest)
		}
		return &typev1.Value{Kind: &typev1.Value_Flag{Flag: rest == "yes"}}, nil
	case "time":
		t, err := instant(rest)
		if err != nil {
			return nil, err
		}
		return &typev1.Value{Kind: &typev1.Value_Time{Time: t}}, nil
	}
	return &typev1.Value{Kind: &typev1.Value_Code{Code: s}}, nil
}

// facts prints facts as key=value, by key.
func facts(m map[string]*typev1.Value) string {
	parts := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, key+"="+fact(m[key]))
	}
	return strings.Join(parts, ", ")
}

func fact(v *typev1.Value) string {
	switch k := v.GetKind().(type) {
	case *typev1.Value_Number:
		return strconv.FormatFloat(k.Number, 'f', -1, 64)
	case *typev1.Value_Flag:
		return map[bool]string{true: "yes", false: "no"}[k.Flag]
	case *typev1.Value_Time:
		return at(k.Time)
	}
	return v.GetCode()
}

// texts prints a map of words as key=value, by key.
func texts(m map[string]string) string {
	parts := make([]string, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, key+"="+m[key])
	}
	return strings.Join(parts, ", ")
}
