// The single file has no types of its own; it is the same library as the package's main entry.
declare module 'echarts/dist/echarts.esm.min' {
  export * from 'echarts'
}
