import { initAll } from './nhsuk.js'

initAll()

// Search as one types: the part of the page with the results is replaced by
// what the server makes of the same form. Without this script the form works
// with its button.
const form = document.querySelector('[data-search]')
if (form) {
  const input = form.querySelector('input[type=search]')
  const results = document.getElementById('results')
  const pause = 200 // milliseconds after the last key
  let timer
  let asked = input.value.trim()
  let running
  const search = async () => {
    const text = input.value.trim()
    if (text === asked) return
    asked = text
    if (running) running.abort()
    running = new AbortController()
    const address = form.dataset.search + '?' + new URLSearchParams({ q: text })
    try {
      const answer = await fetch(address, { signal: running.signal, credentials: 'same-origin', redirect: 'error' })
      if (!answer.ok) throw new Error(answer.statusText)
      const html = await answer.text()
      if (text === asked) results.innerHTML = html
    } catch (problem) {
      if (problem.name !== 'AbortError') form.submit() // signed out, or the node is gone: let the page say so
    }
  }
  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(search, pause)
  })
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value)
    button.textContent = 'Copied'
  })
}
