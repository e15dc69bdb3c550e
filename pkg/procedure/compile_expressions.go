package procedure

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Limits of one expression. Its cost is in CEL's units, about one for each operation and one for each ten bytes of a string; it is
// bounded when the expression is compiled, so that nothing has to be counted when it is evaluated.
const (
	maxSourceBytes = 2048
	maxDepthCEL    = 32
	maxCost        = 100_000
)

// want is the type that an expression must have.
type want struct {
	types []*types.Type
	words string
}

var (
	wantTruth  = want{[]*types.Type{types.BoolType}, "true or false"}
	wantText   = want{[]*types.Type{types.StringType}, "a string"}
	wantTime   = want{[]*types.Type{types.TimestampType}, "a time"}
	wantNumber = want{[]*types.Type{types.DoubleType, types.IntType}, "a number"}
	wantCount  = want{[]*types.Type{types.IntType, types.BoolType}, "a whole number or true or false"}
)

// environment makes one of the variables so far. It has no macros: there is nothing to loop over.
func (c *compiler) environment() (*cel.Env, error) {
	return cel.NewEnv(append(c.vars.options(),
		c.monthsAfter(), c.dateOf(), cel.ClearMacros(), cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(maxSourceBytes), cel.ParserRecursionLimit(maxDepthCEL))...)
}

// declare makes the environments: for registration, for decisions, for rules, for the conditions of clocks, and for metrics.
func (c *compiler) declare() {
	c.vars.complaint()
	for _, f := range c.out.Fields {
		c.vars.field(f.Key, f.Kind)
	}
	var err error
	if c.register, err = c.environment(); err != nil {
		c.found(ExpressionInvalid, "", "expressions of fields: %v", err)
	}
	for _, r := range c.in.GetRules() {
		c.vars.ruleValue(r.GetTarget(), combination(r.GetCombine()))
	}
	c.declareAnswers()
	c.declareVisits()
	if c.decide, err = c.environment(); err != nil {
		c.found(ExpressionInvalid, "", "expressions: %v", err)
		return
	}
	counting := variables{}
	for _, in := range c.in.GetCounts() {
		counting.counted(count{in.GetKey(), LinkKind(in.GetLink()), countOf(in.GetOf()), time.Duration(in.GetWindowDays()) * 24 * time.Hour})
	}
	unique(c, "counts", c.in.GetCounts(), (*procedurev1.Count).GetKey)
	if c.classify, err = c.decide.Extend(counting.options()...); err != nil {
		c.found(ExpressionInvalid, "", "expressions of rules: %v", err)
	}
	starting := variables{}
	starting.start()
	if c.starting, err = c.decide.Extend(starting.options()...); err != nil {
		c.found(ExpressionInvalid, "", "expressions of clocks: %v", err)
	}
	more := variables{}
	more.file()
	for _, k := range c.in.GetClocks() {
		more.clock(k.GetKey())
	}
	for _, v := range c.in.GetVisits() {
		more.visit(v.GetKey())
	}
	for name := range c.milestones() {
		more.milestone(name)
	}
	for _, a := range c.in.GetActions() {
		more.action(a.GetKey())
	}
	for _, ch := range c.in.GetCharges() {
		more.charge(ch.GetKey())
	}
	if c.measure, err = c.decide.Extend(more.options()...); err != nil {
		c.found(ExpressionInvalid, "", "expressions of metrics: %v", err)
	}
	maps.Copy(c.vars, counting)
	maps.Copy(c.vars, more)
	maps.Copy(c.vars, starting)
}

// options declares the variables, in order, so that the same pack has the same findings.
func (vs variables) options() []cel.EnvOption {
	var opts []cel.EnvOption
	for _, name := range slices.Sorted(maps.Keys(vs)) {
		opts = append(opts, cel.Variable(name, vs[name].typ))
	}
	return opts
}

// declareAnswers declares what steps record. Flows may share step keys; then what they record under one name has one kind.
func (c *compiler) declareAnswers() {
	stepsOf(c.in, func(path string, steps []*procedurev1.Step) {
		for _, s := range steps {
			fields := slices.Concat(s.GetTask().GetForm(), s.GetQuestion().GetForm())
			if s.GetQuestion() != nil || s.GetApproval() != nil {
				fields = append(fields, &procedurev1.Field{Key: Outcome, Kind: procedurev1.FieldKind_FIELD_KIND_CODE})
			}
			for _, f := range fields {
				name := "answers." + s.GetKey() + "." + f.GetKey()
				before, there := c.vars[name]
				c.vars.answer(s.GetKey(), f.GetKey(), Kind(f.GetKind()))
				if there && before.typ != c.vars[name].typ {
					c.found(FieldInvalid, at(path+".steps", s.GetKey()), "%s has another kind in another flow", name)
				}
			}
		}
	})
}

// declareVisits declares what return visits record, beside what steps do: a key is of one of the two.
func (c *compiler) declareVisits() {
	for _, v := range c.in.GetVisits() {
		if len(v.GetForm()) == 0 {
			continue
		}
		for _, flow := range c.in.GetFlows() {
			if _, taken := find(flow.GetSteps(), v.GetKey(), (*procedurev1.Step).GetKey); taken {
				c.found(KeyTaken, at("visits", v.GetKey()), "the flow %s has a step of this key, and answers.%s can be of one only; rename the visit", flow.GetKey(), v.GetKey())
			}
		}
		for _, f := range v.GetForm() {
			c.vars.answer(v.GetKey(), f.GetKey(), Kind(f.GetKind()))
		}
	}
}

// expression compiles a source for the facts of a complaint; an empty one gives nil.
func (c *compiler) expression(path, source string, w want) *expression {
	return c.compileIn(c.decide, path, source, w)
}

func (c *compiler) compileIn(env *cel.Env, path, source string, w want) *expression {
	if source == "" || env == nil {
		return nil
	}
	ast, issues := env.Compile(source)
	if err := issues.Err(); err != nil {
		for _, e := range issues.Errors() {
			c.found(ExpressionInvalid, path, "column %d: %s%s", e.Location.Column()+1, e.Message, c.known(env, source)+slip(e.Message, source))
		}
		return nil
	}
	if !slices.ContainsFunc(w.types, ast.OutputType().IsExactType) {
		c.found(ExpressionInvalid, path, "it gives %v; wanted is %s", ast.OutputType(), w.words)
		return nil
	}
	if bound, err := env.EstimateCost(ast, sizes{}); err != nil || bound.Max > maxCost {
		c.found(ExpressionCostly, path, "it may cost %d; at most %d is allowed (%v)", bound.Max, maxCost, err)
		return nil
	}
	var later []string
	for _, ref := range ast.NativeRep().ReferenceMap() {
		if target, ok := strings.CutPrefix(ref.Name, "values."); ok && !c.ruled[target] {
			later = append(later, ref.Name)
		}
	}
	if slices.Sort(later); len(later) > 0 {
		c.found(ExpressionInvalid, path, "%s is worked out later; a rule sees the values of the rules before it", later[0])
		return nil
	}
	program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		c.found(ExpressionInvalid, path, "%v", err)
		return nil
	}
	return &expression{program, c.vars, path, source, ast.NativeRep()}
}

// What authors write who know other languages.
var (
	oneEquals  = regexp.MustCompile(`[^=!<>]=[^=]`)
	wordyLogic = regexp.MustCompile(`\b(?:and|or|not)\b`)
	bareWord   = regexp.MustCompile(`^undeclared reference to '(\w+)'`)
)

// slip says what CEL writes in the place of a frequent slip.
func slip(message, source string) string {
	word := bareWord.FindStringSubmatch(message)
	switch {
	case strings.HasPrefix(message, "Syntax error") && oneEquals.MatchString(source):
		return "; two things are compared by =="
	case strings.HasPrefix(message, "Syntax error") && wordyLogic.MatchString(source):
		return "; write && for and, || for or, ! for not"
	case word != nil:
		return "; if it is a text, write it in single quotes: '" + word[1] + "'"
	}
	return ""
}

// dotted finds what looks like a variable in a source, for messages only: in a string too, and with a function called on it.
var dotted = regexp.MustCompile(`\b(fields|values|answers|counts|clocks|visits|milestones|actions|charges)(\.[a-z][a-z0-9_]*)+`)

// known lists the names that a source could have meant where it uses one that there is not.
func (c *compiler) known(env *cel.Env, source string) string {
	have := map[string]bool{}
	for _, v := range env.Variables() {
		have[v.Name()] = true
	}
	for _, name := range dotted.FindAllString(source, -1) {
		if have[name] || have[name[:strings.LastIndexByte(name, '.')]] {
			continue
		}
		group, _, _ := strings.Cut(name, ".")
		var like []string
		for _, k := range slices.Sorted(maps.Keys(have)) {
			if strings.HasPrefix(k, group+".") {
				like = append(like, k)
			}
		}
		if len(like) == 0 {
			return "; there is no " + name + ", nor any other of " + group
		}
		return "; there is no " + name + "; there are " + strings.Join(like, ", ")
	}
	return ""
}

// sizes tells the cost estimate how long the strings are that facts can be: codes, all of them.
type sizes struct{}

// EstimateSize returns the size of a variable; nil leaves other nodes to CEL.
func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	if n.Type().IsExactType(types.StringType) && len(n.Path()) > 0 {
		return &cost.SizeEstimate{Min: 0, Max: maxCodeBytes}
	}
	return nil
}

// EstimateCallCost returns how long a date is, which is known; nil leaves other functions to CEL.
func (sizes) EstimateCallCost(function, _ string, _ *cost.AstNode, _ []cost.AstNode) *cost.CallEstimate {
	if function == dateOfName {
		return cost.NewCallEstimate(cost.CallCostEstimate, &cost.SizeEstimate{Min: 0, Max: uint64(len(time.DateOnly))})
	}
	return nil
}
