package survey

// OrganisationKinds returns the kinds in the order in which forms list them.
func OrganisationKinds() []OrganisationKind {
	return []OrganisationKind{KindCompany, KindCharity, KindNHS, KindUniversity, KindPublic, KindIndividual, KindOther}
}

// OrganisationStatuses returns what a public register may say.
func OrganisationStatuses() []OrganisationStatus {
	return []OrganisationStatus{StatusActive, StatusDissolved, StatusUnknown}
}
