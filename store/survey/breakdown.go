package survey

// ByPanel is a breakdown that nobody asks for by name. It tells the companies that also answered in
// the cycle before from the others.
const ByPanel Dimension = "panel"

// Keys of ByPanel: this cycle's figures of the companies that answered in both
// cycles and of the others, the former's figures in the cycle before, and how
// many of them another region surveyed then and handed over.
const (
	PanelBoth   = "both"
	PanelOnly   = "only"
	PanelBefore = "before"
	PanelTaken  = "taken"
)

// CellDimensions returns every breakdown in which a region has cells: those of
// Dimensions, then the others.
func CellDimensions() []Dimension { return append(Dimensions(), ByPanel, ByProgramme, ByGroup) }

// BreakdownKeys returns the declared keys of one breakdown with their labels,
// in the order in which tables show them, KeyUnknown last. The keys of
// ByRegion are the roster's: it returns none for them, nor for an unknown
// dimension.
func BreakdownKeys(dimension Dimension) []Option {
	var keys []Option
	switch dimension {
	case BySector:
		keys = labelled(Sectors(), sectorLabels)
	case BySize:
		keys = labelled(SizeBands(), sizeLabels)
	case ByStage:
		keys = optionsOf(stageQuestion)
	case BySupport:
		keys = SupportCategories()
	case ByProgramme:
		return options(Programmes().Programmes)
	case ByGroup:
		return options(Programmes().Groups)
	default:
		return nil
	}
	return append(keys, keyUnknown)
}

// keyUnknown ends the keys of every breakdown of companies.
var keyUnknown = Option{Code: KeyUnknown, Label: "Not known"}

func labelled[T ~string](codes []T, labels map[T]string) []Option {
	return mapped(codes, func(code T) Option { return Option{Code: string(code), Label: labels[code]} })
}

// SupportCategories returns the kinds of help that AHSNs give, as the current
// questionnaire lists them. The slice is the caller's own.
func SupportCategories() []Option { return optionsOf(supportQuestion) }

func optionsOf(id QuestionID) []Option {
	q, err := QuestionnaireByID(CurrentQuestionnaire)
	if err != nil {
		return nil
	}
	question, _ := q.Question(id)
	return keysOf(question.Options)
}

// keysOf returns the codes and labels of the options and drops their other fields.
func keysOf(options []Option) []Option {
	return mapped(options, func(o Option) Option { return Option{Code: o.Code, Label: o.Label} })
}

// SectorKey returns the key under which the sector counts: the sector itself
// if it is a declared one, else KeyUnknown.
func SectorKey(s Sector) string { return keyOf(s, sectorLabels) }

// SizeKey returns the key under which the size band counts: the band itself if
// it is a declared one, else KeyUnknown.
func SizeKey(b SizeBand) string { return keyOf(b, sizeLabels) }

func keyOf[T ~string](code T, labels map[T]string) string {
	if _, declared := labels[code]; declared {
		return string(code)
	}
	return KeyUnknown
}
