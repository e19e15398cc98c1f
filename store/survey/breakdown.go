package survey

// sectorLabels and sizeLabels are what tables call the declared keys.
var (
	sectorLabels = map[Sector]string{
		SectorMedTech: "Medical technology", SectorDigital: "Digital health", SectorDiagnostics: "Diagnostics",
		SectorPharma: "Pharmaceuticals", SectorServices: "Services", SectorOther: "Other",
	}
	sizeLabels = map[SizeBand]string{
		SizeMicro: "0 to 9 employees", SizeSmall: "10 to 49 employees",
		SizeMedium: "50 to 249 employees", SizeLarge: "250 employees or more",
	}
)

// Breakdowns that are not asked for by name. ByPanel tells the companies that
// answered in the cycle before too from the others.
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
		for _, s := range Sectors() {
			keys = append(keys, Option{Code: string(s), Label: sectorLabels[s]})
		}
	case BySize:
		for _, b := range SizeBands() {
			keys = append(keys, Option{Code: string(b), Label: sizeLabels[b]})
		}
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
	return append(keys, Option{Code: KeyUnknown, Label: "Not known"})
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
	keys := make([]Option, 0, len(question.Options)+1)
	for _, o := range question.Options {
		keys = append(keys, Option{Code: o.Code, Label: o.Label})
	}
	return keys
}

// SectorKey returns the key under which the sector counts: the sector itself
// if it is a declared one, else KeyUnknown.
func SectorKey(s Sector) string {
	if _, declared := sectorLabels[s]; declared {
		return string(s)
	}
	return KeyUnknown
}

// SizeKey returns the key under which the size band counts: the band itself if
// it is a declared one, else KeyUnknown.
func SizeKey(b SizeBand) string {
	if _, declared := sizeLabels[b]; declared {
		return string(b)
	}
	return KeyUnknown
}
