// What the compiler cannot see: habits of Vue, accessibility of templates, and the few doors that stay shut.
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  ...tseslint.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', 500],
      'no-console': ['error', { allow: ['error', 'warn'] }],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Elements are made by hand (markdown/dom.ts); no string becomes HTML.' },
        { property: 'outerHTML', message: 'No string becomes HTML.' },
        { property: 'insertAdjacentHTML', message: 'No string becomes HTML.' },
      ],
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
      // The formatter decides these.
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      // A label may stand beside its control, tied by id, or around it.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
      // Focus is moved on purpose when a dialog opens.
      'vuejs-accessibility/no-autofocus': 'off',
    },
  },
)
