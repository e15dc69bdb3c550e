package procedure

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// patternWords say what the patterns of the contract ask for.
var patternWords = map[string]string{
	"^[a-z][a-z0-9_]{0,62}$":                        "it is missing, or no key: a key is small letters, digits and _, begins with a letter, and has 63 at most, for example look_into",
	"^([a-z][a-z0-9_]{0,62})?$":                     "it is no key: a key is small letters, digits and _, begins with a letter, and has 63 at most, for example look_into",
	"^[a-z][a-z0-9-]{0,62}$":                        "it is missing, or no code: small letters, digits and -, for example home-furnishing",
	"^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$":              `it is missing, or no edition: letters, digits, . and -, for example "2026-03"`,
	"^[A-Z][A-Z0-9-]{0,11}$":                        "it is missing, or no prefix: 1 to 12 capital letters, digits or -, for example HF",
	"^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$": `hours are written "08:30-12:00", with two digits each`,
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}$":                  "a date is written 2026-02-17",
	"^([01][0-9]|2[0-3]):[0-5][0-9]$":               `a time of day is written "17:00", with two digits each`,
}

// What the decoder and the rules of the contract say.
var (
	notMapping  = regexp.MustCompile(`^expected fields for `)
	notList     = regexp.MustCompile(`^expected sequence, got `)
	notOne      = regexp.MustCompile(`^expected scalar, got `)
	notTruth    = regexp.MustCompile(`^expected bool, got "`)
	notNumber   = regexp.MustCompile(`^invalid (?:float|integer): `)
	noWord      = regexp.MustCompile(`^unknown enum value "(.*)", expected one of `)
	noField     = regexp.MustCompile(`^unknown field "(.*)", expected one of `)
	oneTooMany  = regexp.MustCompile(`^field (\w+) is already set for oneof `)
	noMatch     = regexp.MustCompile("^does not match regex pattern `(.*)`")
	oneMissing  = regexp.MustCompile(`^exactly one field is required in oneof`)
	wordMissing = regexp.MustCompile(`^must not be in list \[0\]`)
	missing     = regexp.MustCompile(`^value is required`)
	ruleID      = regexp.MustCompile(` \([a-z0-9_.]+\)$`)
)

// inWords says in an author's words what the decoder or a rule of the contract found at a path.
func inWords(path, detail string) string {
	in, last := messageAt(path)
	if in == nil {
		return detail
	}
	field := in.Fields().ByName(last)
	switch {
	case notMapping.MatchString(detail) && field != nil && field.Message() != nil:
		return "it is a mapping, { … }, with some of " + fieldNames(field.Message().Fields())
	case notList.MatchString(detail):
		return "it is a list: put it in [ ], also where it is one thing only"
	case notOne.MatchString(detail):
		return "it is one text or number, neither a list nor a mapping"
	case notTruth.MatchString(detail):
		return "write true, or leave it out"
	case notNumber.MatchString(detail):
		return "it is a number without a unit, for example 2"
	case noWord.MatchString(detail) && field != nil && field.Enum() != nil:
		return fmt.Sprintf("there is no %q; %s", noWord.FindStringSubmatch(detail)[1], wordsFor(noWord.FindStringSubmatch(detail)[1], field.Enum()))
	case wordMissing.MatchString(detail) && field != nil && field.Enum() != nil:
		return "it is missing; " + wordsFor("", field.Enum())
	case noField.MatchString(detail):
		return noFieldWords(noField.FindStringSubmatch(detail)[1], in)
	case oneTooMany.MatchString(detail):
		return fmt.Sprintf("%s is given already; keep one of the two", oneTooMany.FindStringSubmatch(detail)[1])
	case oneMissing.MatchString(detail) && in.Oneofs().ByName(last) != nil:
		return "one of these is missing: " + fieldNames(in.Oneofs().ByName(last).Fields())
	case noMatch.MatchString(detail) && patternWords[noMatch.FindStringSubmatch(detail)[1]] != "":
		return patternWords[noMatch.FindStringSubmatch(detail)[1]]
	case missing.MatchString(detail):
		return "it is missing"
	}
	return ruleID.ReplaceAllString(detail, "")
}

// itemOf finds the item of a list in a path.
var itemOf = regexp.MustCompile(`\[[^\]]*\]`)

// messageAt returns the message that the last name of a path stands in, and that name; nil where the path leads out of the language.
func messageAt(path string) (protoreflect.MessageDescriptor, protoreflect.Name) {
	in := (&procedurev1.Procedure{}).ProtoReflect().Descriptor()
	names := strings.Split(itemOf.ReplaceAllString(path, ""), ".")
	for _, name := range names[:len(names)-1] {
		field := in.Fields().ByName(protoreflect.Name(name))
		if field == nil || field.Message() == nil {
			return nil, ""
		}
		in = field.Message()
	}
	return in, protoreflect.Name(names[len(names)-1])
}

// fieldList is what messages and their oneofs have in common.
type fieldList interface {
	Len() int
	Get(int) protoreflect.FieldDescriptor
}

func namesOf(fields fieldList) []string {
	names := make([]string, fields.Len())
	for i := range names {
		names[i] = string(fields.Get(i).Name())
	}
	return names
}

func fieldNames(fields fieldList) string { return strings.Join(namesOf(fields), ", ") }

var fieldName = regexp.MustCompile(`^\w*[a-zA-Z]\w*$`)

func noFieldWords(name string, in protoreflect.MessageDescriptor) string {
	if near, ok := nearest(name, namesOf(in.Fields())); ok {
		return fmt.Sprintf("there is no field %q here; did you mean %s?", name, near)
	}
	comma := ""
	if !fieldName.MatchString(name) { // what follows a comma within braces is read as the next field
		comma = ". Within { } a text with a comma stands in quotes"
	}
	return fmt.Sprintf("there is no field %q here; there are %s%s", name, fieldNames(in.Fields()), comma)
}

// wordsFor returns the word that was perhaps meant, else all but the first, which is what is left out.
func wordsFor(word string, enum protoreflect.EnumDescriptor) string {
	var words []string
	for i := 1; i < enum.Values().Len(); i++ {
		w := string(enum.Values().Get(i).Name())
		if word != "" && strings.HasSuffix(w, "_"+strings.ToUpper(word)) {
			return "write it whole: " + w
		}
		words = append(words, w)
	}
	return instead(word, words)
}
