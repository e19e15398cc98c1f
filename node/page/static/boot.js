// Runs before the page is drawn, as the first thing in the body: styles and
// components look for these classes.
document.body.className += ' js-enabled' + ('noModule' in HTMLScriptElement.prototype ? ' nhsuk-frontend-supported' : '')
