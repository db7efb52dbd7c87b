export { aptPackages, debianBinary } from './debian-binary';
