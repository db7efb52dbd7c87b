export { aptPackages } from './apt-packages';
