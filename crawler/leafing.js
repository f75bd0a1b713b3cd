// Looks at a list in a browser and finds what leads to its next page. Changes nothing but the scroll position.
([question, selector, number]) => {
  const WORDS = /^(下一?[页頁]|后一?页|next( page)?)[>»›→]*$/i;
  const MORE = /^(点击)?(加载|显示|展开)更多(\.\.\.|…)?$|^点击加载$/;
  const ARROW = /^[>›→]$/;
  const DOUBLE = /^(»|>>)$/;
  const NAMED = /^((page|pager|btn|layui-laypage)[-_]?)?next([-_]?(page|btn))?$/i;
  const OFF = /^(.*-)?(disabled?|off|nolink|unable|nomore|forbidden)$/i;
  const PAGER = /上一?[页頁]|下一?[页頁]|首页|尾页|末页|共|[<>«»‹›]|跳/;

  const words = element => (element.value && element.tagName === 'INPUT' ? element.value : element.textContent || '')
    .replace(/\s+/g, '');
  const visible = element => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
  const off = element => {
    for (let one = element, level = 0; one && level < 2; one = one.parentElement, level += 1) {
      const style = getComputedStyle(one);
      if (one.disabled || one.getAttribute('aria-disabled') === 'true' || style.cursor === 'not-allowed' ||
          style.pointerEvents === 'none' || [...one.classList].some(name => OFF.test(name))) return true;
      if (level === 0 && one.parentElement && one.parentElement.children.length > 1) break;
    }
    return false;
  };
  const controls = () => [...document.querySelectorAll('a, button, input[type=button], span, li, em, i, b, div')]
    .filter(element => words(element).length <= 12 && visible(element));
  const inner = found => found.filter(one => !found.some(other => other !== one && one.contains(other)));

  // The group of page numbers that an element stands in, where it is a pager's.
  const group = element => {
    for (let one = element.parentElement, level = 0; one && level < 4; one = one.parentElement, level += 1) {
      const digits = [...one.querySelectorAll('a, button, span, li, em, b, strong')].filter(
        other => other.children.length === 0 && /^\d{1,4}$/.test(words(other)));
      if (digits.length > 1 && words(one).length < 200) {
        return PAGER.test(words(one)) || /pag|fenye/i.test(`${one.className} ${one.id}`) ? digits : null;
      }
    }
    return null;
  };
  const numbered = () => inner(controls().filter(
    one => /^(A|BUTTON|LI)$/.test(one.tagName) && /^\d{1,4}$/.test(words(one)) && group(one)));

  const named = one => WORDS.test((one.title || one.getAttribute('aria-label') || '').replace(/\s+/g, '')) ||
    (words(one).length <= 2 && [...one.classList].some(name => NAMED.test(name)));
  const behind = found => {
    const entries = document.querySelectorAll(selector), last = entries[entries.length - 1];
    const after = one => !last || last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING;
    return found.find(one => after(one)) || found[0] || null;
  };

  const next = () => {
    const all = controls();
    const ways = [
      one => WORDS.test(words(one)), named, one => MORE.test(words(one)), one => ARROW.test(words(one)),
      one => words(one) === String(number + 1) && /^(A|BUTTON|LI|SPAN)$/.test(one.tagName) && group(one),
      one => DOUBLE.test(words(one)),
    ];
    for (const way of ways) {
      const found = inner(all.filter(way));
      if (found.length) return behind(found.filter(one => !off(one)));
    }
    return null;
  };

  const answers = {
    next,
    shown: () => [...document.querySelectorAll(selector)].map(one => `${one.href} ${words(one)}`).join('\n'),
    pages: () => Math.max(0, ...numbered().map(one => Number(words(one)))),
    down: () => {
      const before = window.scrollY;
      window.scrollTo(0, document.documentElement.scrollHeight);
      return window.scrollY > before;
    },
  };
  return answers[question]();
}
